package org.revlayers.convert;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch that networks are compared on, and that memory is predicted for.
 *
 * @param arrays one per network input
 * @param types  that these are meant to be of, one each: arrays of other shapes are refused; empty if that is not said
 * @since 0.1.0
 */
public record Sample(List<INDArray> arrays, List<InputType> types) {

    /** Checks the arrays against the types. */
    public Sample {
        arrays = List.copyOf(arrays);
        types = List.copyOf(types);
        if (!types.isEmpty()) {
            check(arrays, types);
        }
    }

    /** Inputs of a batch, one array per network input. */
    public static Sample of(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array == null) {
                throw new IllegalArgumentException(
                        "an array of the sample is null: give one per input of the network, or convert without a sample");
            }
        }
        return new Sample(List.of(arrays), List.of());
    }

    /** The same, meant to be of these types. */
    public Sample types(InputType... types) {
        if (types.length == 0) {
            throw new IllegalArgumentException("types needs one type per array of the sample; got none");
        }
        return new Sample(arrays, List.of(types));
    }

    private static void check(List<INDArray> arrays, List<InputType> types) {
        if (types.size() != arrays.size()) {
            throw new IllegalArgumentException("a sample's types need one type per array; got " + types.size()
                    + " types and " + arrays.size() + " arrays: give all of them, or none");
        }
        for (int i = 0; i < types.size(); i++) {
            long[] meant = types.get(i).getShape(true);
            long[] shape = arrays.get(i).shape();
            boolean fits = meant.length == shape.length;
            for (int axis = 1; fits && axis < shape.length; axis++) {
                fits = meant[axis] < 0 || meant[axis] == shape[axis]; // −1: of any length
            }
            if (!fits) {
                throw new IllegalArgumentException("array " + i + " of the sample has the shape "
                        + Arrays.toString(shape) + ", but its types say " + types.get(i)
                        + ": give arrays of these types, or leave the types out");
            }
        }
    }

    /** The arrays as DL4J takes them. */
    public INDArray[] given() {
        return arrays.toArray(INDArray[]::new);
    }

    /** Examples. */
    public long batch() {
        return arrays.get(0).size(0);
    }
}
