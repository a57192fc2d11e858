package org.revlayers.internal.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.revlayers.internal.contract.Wrappers;

/** What to call the vertices of a graph in a report: kind and name, such as {@code ScaleVertex "scale1"}. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Kinds {

    /** Kind and name of a vertex or a network input. */
    static String of(GraphIndex graph, String name) {
        return kind(graph, name) + " \"" + name + "\"";
    }

    /** Kind of a vertex or a network input. */
    static String kind(GraphIndex graph, String name) {
        GraphVertex vertex = graph.vertex(name);
        if (vertex == null) {
            return "network input";
        }
        if (graph.isLayer(name)) {
            return of(graph.layer(name));
        }
        if (vertex instanceof FrozenVertex frozen) {
            return "frozen " + frozen.getUnderlying().getClass().getSimpleName();
        }
        if (ResidualBlocks.isAddition(vertex)) {
            return "addition";
        }
        String simple = vertex.getClass().getSimpleName();
        return vertex instanceof ElementWiseVertex e ? simple + "(" + e.getOp() + ")" : simple;
    }

    /** Kind of a layer, with what it wraps. */
    static String of(Layer layer) {
        if (Wrappers.isFrozen(layer)) {
            return "frozen " + of(Wrappers.thawed(layer));
        }
        String simple = layer.getClass().getSimpleName();
        if (layer instanceof Bidirectional both) {
            return simple + "(" + both.getMode() + ", " + of(both.getFwd()) + ")";
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return simple + "(" + of(wrapper.getUnderlying()) + ")";
        }
        return isProjection(layer) ? "1x1 convolution" : simple;
    }

    /** Whether a layer mixes channels and nothing else. */
    private static boolean isProjection(Layer layer) {
        return layer.getClass() == ConvolutionLayer.class
                && ((ConvolutionLayer) layer).getKernelSize()[0] == 1
                && ((ConvolutionLayer) layer).getKernelSize()[1] == 1;
    }
}
