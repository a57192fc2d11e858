package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.Sample;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;

/** Takes the containers apart that a conversion has made, of whatever kind. */
public final class Restorer {

    private Restorer() {}

    /** See {@link org.revlayers.Lean}. */
    public static Restoration<MultiLayerNetwork> restore(MultiLayerNetwork net, Sample sample) {
        return Converter.outside(() -> restore(new LineEdit(net), sample));
    }

    /** See {@link org.revlayers.Lean}. */
    public static Restoration<ComputationGraph> restore(ComputationGraph net, Sample sample) {
        return Converter.outside(() -> restore(new GraphEdit(net), sample));
    }

    private static <N extends Model> Restoration<N> restore(NetworkEdit<N> edit, Sample sample) {
        if (sample != null) {
            Networks.check(sample, edit.source);
        }
        boolean any = false;
        List<ConversionReport.Left> left = new ArrayList<>();
        for (Map.Entry<String, GraphVertex> vertex : edit.conf().getVertices().entrySet()) {
            if (vertex.getValue() instanceof LayerVertex v && isMade(layer(v))) {
                String from = edit.conf().getVertexInputs().get(vertex.getKey()).get(0);
                edit.wrappingLike(v.getLayerConf().getLayer(), () -> release(edit, vertex.getKey(), v, from));
                any = true;
            } else {
                edit.keep(vertex.getKey(), vertex.getValue());
                if (vertex.getValue() instanceof LayerVertex v && isContainer(layer(v))) {
                    left.add(new ConversionReport.Left(vertex.getKey(), "no conversion has made it"));
                }
            }
        }
        if (!any) {
            throw new IllegalArgumentException(
                    "nothing to restore: the network has no chain or sequence that a conversion has made; what recompute,"
                            + " approx and sharedNorms change in layers stays: Memory.store() has transformer blocks and"
                            + " MLPs keep all of it again");
        }
        N plain = edit.finish();
        edit.carryUpdater(plain);
        return new Restoration<>(plain, Comparisons.restored(edit.source, plain, left, sample));
    }

    private static Layer layer(LayerVertex vertex) {
        return Wrappers.thawed(vertex.getLayerConf().getLayer());
    }

    private static boolean isContainer(Layer layer) {
        return layer instanceof ReversibleChain || layer instanceof LayerSequence;
    }

    /** Whether a layer was made by a conversion. */
    static boolean isMade(Layer layer) {
        return layer instanceof ReversibleChain chain
                        && !(chain.getOrigin().isEmpty() && chain.getVertices().isEmpty())
                || layer instanceof LayerSequence sequence
                        && !sequence.getVertices().isEmpty();
    }

    /** The containers that {@link #restore} takes apart where a layer is one, those inside too. */
    static Stream<Layer> apart(Layer layer) {
        Layer thawed = Wrappers.thawed(layer);
        return isMade(thawed) ? inside(thawed) : Stream.empty();
    }

    private static Stream<Layer> inside(Layer container) {
        Stream<Layer> deeper = container instanceof LayerSequence sequence
                ? sequence.getLayers().stream().filter(Restorer::isContainer).flatMap(Restorer::inside)
                : Stream.empty();
        return Stream.concat(Stream.of(container), deeper);
    }

    private static void release(NetworkEdit<?> edit, String name, LayerVertex vertex, String from) {
        Layer made = layer(vertex);
        if (made instanceof LayerSequence sequence) {
            unequip(sequence);
            new Sequences(edit).release(name, vertex, sequence, from);
        } else {
            edit.rename(name, release(edit, new Made(name, vertex, "", true), (ReversibleChain) made, from));
        }
    }

    /** As {@link VertexRows#release}, for any chain that was made. */
    static String release(NetworkEdit<?> edit, Made made, ReversibleChain chain, String from) {
        return chain.getOrigin().isEmpty()
                ? ChainMembers.release(edit, made, chain, from)
                : new VertexRows(edit).release(made, chain, from);
    }

    private static void unequip(LayerSequence sequence) {
        if (sequence instanceof RazorSequence razor) {
            razor.unequip();
        }
        for (Layer inside : sequence.getLayers()) {
            if (inside instanceof LayerSequence deeper) {
                unequip(deeper);
            }
        }
    }
}
