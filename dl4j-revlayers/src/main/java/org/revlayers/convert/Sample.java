package org.revlayers.convert;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch that networks are compared on.
 *
 * @param arrays one per network input
 * @param types  of the arrays
 */
record Sample(INDArray[] arrays, InputType[] types) {

    /**
     * From what options say; null without arrays.
     *
     * @param types null for what shapes alone tell
     */
    static Sample of(INDArray[] arrays, InputType[] types) {
        if (arrays == null) {
            return null;
        }
        if (types != null && types.length != arrays.length) {
            throw new IllegalArgumentException("sampleTypes needs one type per array of the sample; got " + types.length
                    + " types and " + arrays.length + " arrays: give all of them, or none");
        }
        InputType[] all = types == null ? new InputType[arrays.length] : types.clone();
        for (int i = 0; types == null && i < all.length; i++) {
            all[i] = type(arrays[i]);
        }
        return new Sample(arrays, all);
    }

    private static InputType type(INDArray array) {
        return switch (array.rank()) {
            case 3 -> InputType.recurrent(array.size(2), array.size(1), RNNFormat.NWC);
            case 4 -> InputType.convolutional(array.size(2), array.size(3), array.size(1));
            default -> InputType.feedForward(array.size(-1));
        };
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
