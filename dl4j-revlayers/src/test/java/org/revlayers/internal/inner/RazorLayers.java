package org.revlayers.internal.inner;

import java.util.Comparator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/** Small layers, ways to thin them, and thinning by its definition. */
final class RazorLayers {

    static final long[] IMAGE = {3, 4, 7, 5};
    static final long[] ROWS = {3, 11};

    private RazorLayers() {}

    static Function<Layer, Keeping> razor(double prune, RazorValues values, ActivationMemory rule) {
        return razor(new Thinning(prune, values, RazorFill.ZERO), rule);
    }

    static Function<Layer, Keeping> razor(Thinning thinning, ActivationMemory rule) {
        return layer -> new Keeping(Keeper.thinned(thinning), Keeper.DENSE, rule, true);
    }

    static Function<Layer, Keeping> razor(double prune) {
        return razor(prune, RazorValues.FULL, ActivationMemory.TWO_BIT);
    }

    static Layer convolution(int in, int out, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .nIn(in)
                .nOut(out)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    static Layer norm() {
        return new BatchNormalization.Builder().nIn(4).nOut(4).build();
    }

    static Layer dense(int in, int out) {
        return new DenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .activation(Activation.IDENTITY)
                .build();
    }

    static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    static Layer pooling(PoolingType type) {
        return new SubsamplingLayer.Builder(type, new int[] {2, 2}, new int[] {1, 1})
                .convolutionMode(ConvolutionMode.Truncate)
                .pnorm(2)
                .build();
    }

    static Stream<Arguments> rows(Layer[]... rows) {
        return Stream.of(rows).map(row -> Arguments.of((Object) row));
    }

    /** The largest values of each example, by sorting; of equal ones the first. */
    static INDArray thinned(INDArray x, double prune) {
        long m = x.length() / x.size(0);
        INDArray rows = x.dup('c').reshape('c', x.size(0), m);
        INDArray hat = Nd4j.zeros(x.dataType(), rows.shape());
        for (long s = 0; s < rows.size(0); s++) {
            double[] row = rows.getRow(s).dup().data().asDouble();
            IntStream.range(0, row.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -Math.abs(row[i]))) // stable
                    .limit(m - RazorLayout.rank(m, prune) + 1)
                    .forEach(putting(hat, s, row));
        }
        return hat.reshape('c', x.shape());
    }

    private static Consumer<Integer> putting(INDArray to, long s, double... row) {
        return i -> to.putScalar(s, i, row[i]);
    }
}
