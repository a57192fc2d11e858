package org.revlayers.chain;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.layers.PatchTokens;

/**
 * The features (or channels) of a layer's arrays, wherever its layout has them.
 *
 * @param layer    says on which axis
 * @param areLast  whether they are last whatever it says
 */
record Features(StreamLayer layer, boolean areLast) {

    Features(StreamLayer layer) {
        this(layer, false);
    }

    private int axis(int rank) {
        return areLast ? rank - 1 : layer.featureAxis(rank);
    }

    /** How many an array of this shape has. */
    long count(long... shape) {
        return shape[axis(shape.length)];
    }

    /** The shape with another number of them. */
    long[] resized(long[] shape, LongUnaryOperator number) {
        long[] resized = shape.clone();
        int axis = axis(shape.length);
        resized[axis] = number.applyAsLong(resized[axis]);
        return resized;
    }

    /** A view of some. */
    INDArray range(INDArray whole, long from, long to) {
        INDArrayIndex[] index = new INDArrayIndex[whole.rank()];
        Arrays.fill(index, NDArrayIndex.all());
        index[axis(whole.rank())] = NDArrayIndex.interval(from, to);
        return whole.get(index);
    }

    /** A view of the first half (0) or the second (1). */
    INDArray half(INDArray whole, int which) {
        long size = count(whole.shape()) / 2;
        return range(whole, which * size, (which + 1) * size);
    }

    /** The same layout with another number of features. */
    InputType resized(InputType in, LongUnaryOperator number) {
        if (in instanceof InputType.InputTypeConvolutional c) {
            return InputType.convolutional(
                    c.getHeight(), c.getWidth(), number.applyAsLong(c.getChannels()), c.getFormat());
        }
        if (in instanceof InputType.InputTypeRecurrent r) {
            return PatchTokens.behind(r, number.applyAsLong(r.getSize()), r.getTimeSeriesLength(), r.getFormat());
        }
        if (in instanceof InputType.InputTypeFeedForward f) {
            return InputType.feedForward(number.applyAsLong(f.getSize()));
        }
        throw new IllegalArgumentException(layer.title()
                + " changes the number of features of feed-forward, recurrent and convolutional inputs, not of " + in
                + ": put a layer in front that gives one of these");
    }
}
