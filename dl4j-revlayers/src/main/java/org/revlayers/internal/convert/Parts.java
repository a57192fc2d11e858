package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.NormLayer;

/** Cuts a run into the units that a planner chooses for: small enough to choose finely, and never between a layer and its norm or activation function. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Parts {

    /** Layers with weights in a part that is no residual block. */
    private static final int WEIGHTED = 2;

    /** A new part begins at every sum and every transformer block, behind both at the next layer with weights, behind poolings, and behind two such layers. */
    static List<Run> of(Run run, GraphIndex graph) {
        List<Run> parts = new ArrayList<>();
        List<Run.Piece> open = new ArrayList<>();
        int weights = 0;
        boolean ended = false;
        for (Run.Piece piece : run.pieces()) {
            boolean sum = piece.addition() != null;
            Layer layer = sum ? null : graph.layer(piece.main().get(0));
            boolean block = sum || Containable.keepsInside(Wrappers.thawed(layer));
            boolean weighted = block || isWeighted(Wrappers.thawed(layer));
            if (!open.isEmpty() && (block || ended || weighted && weights >= WEIGHTED)) {
                parts.add(new Run(List.copyOf(open)));
                open.clear();
                weights = 0;
            }
            open.add(piece);
            weights += block ? WEIGHTED : weighted ? 1 : 0;
            ended = !sum && Wrappers.thawed(layer) instanceof SubsamplingLayer;
        }
        parts.add(new Run(List.copyOf(open)));
        return parts;
    }

    private static boolean isWeighted(Layer layer) {
        return layer instanceof FeedForwardLayer
                && !(layer instanceof BatchNormalization)
                && !(layer instanceof NormLayer);
    }
}
