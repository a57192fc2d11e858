package org.revlayers.convert;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch that networks are compared on.
 *
 * @param arrays one per network input
 */
record Sample(INDArray[] arrays) {

    /**
     * From what options say; null without arrays.
     *
     * @param types that the arrays are meant to be of, one each; null if that is not said
     */
    static Sample of(MultiLayerNetwork net, INDArray[] arrays, InputType[] types) {
        return of(1, arrays, types);
    }

    /** The same for a graph. */
    static Sample of(ComputationGraph net, INDArray[] arrays, InputType[] types) {
        return of(net.getNumInputArrays(), arrays, types);
    }

    private static Sample of(int inputs, INDArray[] arrays, InputType[] types) {
        if (arrays == null) {
            return null;
        }
        if (arrays.length != inputs) {
            throw new IllegalArgumentException("sample needs one array per input of the network, " + inputs + "; got "
                    + arrays.length + ": give one of each, in the network's order");
        }
        if (types != null) {
            check(arrays, types);
        }
        return new Sample(arrays);
    }

    private static void check(INDArray[] arrays, InputType... types) {
        if (types.length != arrays.length) {
            throw new IllegalArgumentException("sampleTypes needs one type per array of the sample; got " + types.length
                    + " types and " + arrays.length + " arrays: give all of them, or none");
        }
        for (int i = 0; i < types.length; i++) {
            long[] meant = types[i].getShape(true);
            long[] shape = arrays[i].shape();
            boolean fits = meant.length == shape.length;
            for (int axis = 1; fits && axis < shape.length; axis++) {
                fits = meant[axis] < 0 || meant[axis] == shape[axis]; // −1: of any length
            }
            if (!fits) {
                throw new IllegalArgumentException("array " + i + " of the sample has the shape "
                        + Arrays.toString(shape) + ", but sampleTypes says " + types[i]
                        + ": give arrays of these types, or leave sampleTypes out");
            }
        }
    }

    /** Examples. */
    long batch() {
        return arrays[0].size(0);
    }
}
