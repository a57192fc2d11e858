package org.revlayers.convert;

import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch that networks are compared on.
 *
 * @param arrays one per network input
 * @param types  of the arrays; null if nobody tells them
 */
record Sample(INDArray[] arrays, InputType[] types) {

    /**
     * From what options say; null without arrays.
     *
     * @param types null for what the network tells
     */
    static Sample of(MultiLayerNetwork net, INDArray[] arrays, InputType[] types) {
        return of(arrays, types, 1, () -> {
            InputType type = SampleTypes.of(net, arrays[0]);
            return type == null ? null : new InputType[] {type};
        });
    }

    /** The same for a graph. */
    static Sample of(ComputationGraph net, INDArray[] arrays, InputType[] types) {
        return of(arrays, types, net.getNumInputArrays(), () -> SampleTypes.of(net, arrays));
    }

    private static Sample of(INDArray[] arrays, InputType[] types, int inputs, Supplier<InputType[]> told) {
        if (arrays == null) {
            return null;
        }
        if (arrays.length != inputs) {
            throw new IllegalArgumentException("sample needs one array per input of the network, " + inputs + "; got "
                    + arrays.length + ": give one of each, in the network's order");
        }
        if (types != null && types.length != arrays.length) {
            throw new IllegalArgumentException("sampleTypes needs one type per array of the sample; got " + types.length
                    + " types and " + arrays.length + " arrays: give all of them, or none");
        }
        return new Sample(arrays, types == null ? told.get() : types.clone());
    }

    /** Examples. */
    long batch() {
        return arrays[0].size(0);
    }

    /** Bytes of an element. */
    int width() {
        return arrays[0].dataType().width();
    }
}
