package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.inner.RazorLayers.IMAGE;
import static org.revlayers.internal.inner.RazorLayers.ROWS;
import static org.revlayers.internal.inner.RazorLayers.convolution;
import static org.revlayers.internal.inner.RazorLayers.dense;
import static org.revlayers.internal.inner.RazorLayers.norm;
import static org.revlayers.internal.inner.RazorLayers.pooling;
import static org.revlayers.internal.inner.RazorLayers.razor;
import static org.revlayers.internal.inner.RazorLayers.relu;
import static org.revlayers.internal.inner.RazorLayers.rows;
import static org.revlayers.internal.inner.RazorLayers.thinned;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.keep.Kept;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** What thinning changes and what it does not, layer by layer. */
class RazorInnerTest {

    static Stream<Arguments> networks() {
        return rows(
                new Layer[] {convolution(4, 4, 3), norm(), relu(), convolution(4, 4, 1), relu(), convolution(4, 3, 3)},
                new Layer[] {norm(), relu(), new DropoutLayer(0.7), convolution(4, 5, 3)},
                new Layer[] {convolution(4, 4, 3), pooling(PoolingType.MAX), relu(), convolution(4, 4, 1), norm()},
                new Layer[] {relu(), pooling(PoolingType.AVG), convolution(4, 4, 3)},
                new Layer[] {new FrozenLayer(norm()), relu(), new FrozenLayer(convolution(4, 4, 3)), norm(), relu()},
                new Layer[] {convolution(4, 4, 3), new ActivationLayer(Activation.TANH), convolution(4, 4, 1)},
                new Layer[] {
                    convolution(4, 4, 1),
                    new ActivationLayer(Activation.SWISH),
                    new ActivationLayer(Activation.GELU),
                    convolution(4, 2, 3)
                });
    }

    @ParameterizedTest
    @MethodSource("networks")
    void forwardIsBitIdentical(Layer[] layers) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
        Twin off = new Twin(DataType.FLOAT, HostChoice.OWN, layer -> Keeping.WITH_MASKS, layers);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, off.network.outputShape(IMAGE));
        INDArray expected = off.inner(x, dy, Twin.TRAINING).out();
        Compare.same(
                new Twin(DataType.FLOAT, HostChoice.OWN, layers)
                        .inner(x, dy, Twin.TRAINING)
                        .out(),
                expected,
                "with masks");
        for (ActivationMemory rule : ActivationMemory.values()) {
            Twin on = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9, RazorValues.FP16, rule), layers);
            Compare.same(expected, on.inner(x, dy, Twin.TRAINING).out(), "razor, " + rule);
            Compare.same(expected, on.output(x, Twin.TRAINING), "razor, " + rule + ", nothing kept");
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void keepingEverythingIsExact(Layer[] layers) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray x = Twin.normal(type, 1, IMAGE);
            Twin plain = new Twin(type, HostChoice.OWN, layers);
            Twin razor = new Twin(type, HostChoice.OWN, razor(0, RazorValues.FULL, ActivationMemory.THINNED), layers);
            INDArray dy = Twin.normal(type, 2, plain.network.outputShape(IMAGE));
            near(
                    plain.inner(x, dy, Twin.TRAINING),
                    razor.inner(x, dy, Twin.TRAINING),
                    type == DataType.FLOAT ? 1e-6 : 1e-14);
        }
    }

    /** Within a tolerance, relative to the largest number. */
    private static void near(Twin.Step expected, Twin.Step actual, double tolerance) {
        near(expected.dx(), actual.dx(), tolerance, "dx");
        for (int i = 0; i < expected.gradients().size(); i++) {
            if (expected.gradients().get(i) != null) {
                near(expected.gradients().get(i), actual.gradients().get(i), tolerance, "gradients of " + i);
            }
        }
    }

    private static void near(INDArray expected, INDArray actual, double tolerance, String what) {
        double scale = Math.max(1, expected.amaxNumber().doubleValue());
        Compare.near(expected, actual, tolerance * scale, what);
    }

    static Stream<Arguments> linear() {
        return rows(
                new Layer[] {dense(11, 9), dense(9, 6)},
                new Layer[] {convolution(4, 5, 3), convolution(5, 3, 3)},
                new Layer[] {convolution(4, 5, 3), convolution(5, 3, 1)});
    }

    /** dx and all of the layer in front are those of dense; the second layer's dW is its own formula on x̂, its db is exact. */
    @ParameterizedTest
    @MethodSource("linear")
    void onlyTheWeightGradientSeesWhatIsMissing(Layer[] layers) {
        for (double prune : new double[] {0.3, 0.8, 0.9, 0.97}) {
            for (long batch : new long[] {1, 3}) {
                long[] shape = layers[0] instanceof DenseLayer ? ROWS.clone() : IMAGE.clone();
                shape[0] = batch;
                INDArray x = Twin.normal(DataType.FLOAT, 1, shape);
                x.get(NDArrayIndex.point(batch - 1)).assign(0); // an example of zeros
                Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
                Twin razor = new Twin(DataType.FLOAT, HostChoice.OWN, razor(prune), layers);
                INDArray dy = Twin.normal(DataType.FLOAT, 2, plain.network.outputShape(shape));
                Twin.Step exact = plain.inner(x, dy, Twin.TRAINING);
                Twin.Step step = razor.inner(x, dy, Twin.TRAINING);
                Compare.same(exact.dx(), step.dx(), "dx");
                Compare.same(exact.gradients().get(0), step.gradients().get(0), "gradients of the layer in front");

                INDArray hidden = new Twin(DataType.FLOAT, HostChoice.OWN, layers[0]).output(x, Twin.TRAINING);
                INDArray gradient = razor.gradients.get(1).dup();
                INDArray formula = onThinned(razor, thinned(hidden, prune), dy);
                Compare.same(formula, gradient, "dW on x̂, db");
                Compare.different(exact.gradients().get(1), gradient, "dW");
            }
        }
    }

    /** The second layer's gradients if its input had been x̂. */
    private static INDArray onThinned(Twin twin, INDArray hat, INDArray dy) {
        InnerLayer second = twin.network.layers().get(1);
        second.backward(hat, null, dy, hat.ulike(), Twin.TRAINING, new Kept());
        return twin.gradients.get(1);
    }

    static Stream<Arguments> exact() {
        return rows(
                new Layer[] {relu(), new DropoutLayer(0.7), relu()},
                new Layer[] {relu(), pooling(PoolingType.MAX), relu()},
                new Layer[] {relu(), pooling(PoolingType.AVG), relu()},
                new Layer[] {relu(), new ZeroPaddingLayer(1, 2), relu()},
                new Layer[] {relu(), new FrozenLayer(norm()), relu()},
                new Layer[] {relu(), new FrozenLayer(convolution(4, 4, 3)), relu()},
                new Layer[] {relu(), new FrozenLayer(convolution(4, 4, 1)), relu()});
    }

    @ParameterizedTest
    @MethodSource("exact")
    void theRestIsExact(Layer[] layers) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
        Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
        Twin razor = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), layers);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, plain.network.outputShape(IMAGE));
        Compare.same(
                plain.inner(x, dy, Twin.TRAINING).dx(),
                razor.inner(x, dy, Twin.TRAINING).dx(),
                "dx");
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void everyKindOfValuesRepeatsItself(RazorValues values) {
        for (Arguments row : networks().toList()) {
            Layer[] layers = (Layer[]) row.get()[0];
            Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.8, values, ActivationMemory.THINNED), layers);
            INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, twin.network.outputShape(IMAGE));
            Twin.Step first = twin.inner(x, dy, Twin.TRAINING);
            assertTrue(twin.kept.isEmpty());
            near(first, twin.inner(x, dy, Twin.TRAINING), 0);
        }
    }
}
