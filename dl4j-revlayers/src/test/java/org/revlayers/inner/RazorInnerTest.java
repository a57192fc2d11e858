package org.revlayers.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.kernel.Curve;
import org.revlayers.kernel.RazorLayout;
import org.revlayers.kernel.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Thinning;
import org.revlayers.memory.Kept;

/** What thinning changes and what it does not, layer by layer. */
class RazorInnerTest {

    private static final long[] IMAGE = {3, 4, 7, 5};
    private static final long[] ROWS = {3, 11};

    private static Function<Layer, Keeping> razor(double prune, RazorValues values, ActivationRule rule) {
        return layer -> new Keeping(Keeper.thinned(new Thinning(prune, values)), Keeper.DENSE, rule, true);
    }

    private static Function<Layer, Keeping> razor(double prune) {
        return razor(prune, RazorValues.FULL, ActivationRule.TWO_BIT);
    }

    private static Layer convolution(int in, int out, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .nIn(in)
                .nOut(out)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer norm() {
        return new BatchNormalization.Builder().nIn(4).nOut(4).build();
    }

    private static Layer dense(int in, int out) {
        return new DenseLayer.Builder()
                .nIn(in)
                .nOut(out)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    private static Layer pooling(PoolingType type) {
        return new SubsamplingLayer.Builder(type, new int[] {2, 2}, new int[] {1, 1})
                .convolutionMode(ConvolutionMode.Truncate)
                .build();
    }

    private static Stream<Arguments> rows(Layer[]... rows) {
        return Stream.of(rows).map(row -> Arguments.of((Object) row));
    }

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
        for (ActivationRule rule : ActivationRule.values()) {
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
            Twin razor = new Twin(type, HostChoice.OWN, razor(0, RazorValues.FULL, ActivationRule.THINNED), layers);
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

    /** The largest values of each example, by sorting; of equal ones the first. */
    private static INDArray thinned(INDArray x, double prune) {
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

    private static List<String> keeps(Twin twin, long... shape) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, shape);
        twin.kept.begin();
        twin.network.forward(
                x, Nd4j.createUninitialized(DataType.FLOAT, twin.network.outputShape(shape)), Twin.TRAINING, twin.kept);
        List<String> names = twin.kept.entries().stream()
                .map(e -> e.name() + " " + e.bytes())
                .toList();
        twin.kept.clear();
        return names;
    }

    @Test
    void bytesAreThoseOfTheFormula() {
        long n = 3 * 4 * 7 * 5;
        long room = 4 * 7 * 5 - (long) (4 * 7 * 5 * 0.9) + 1;
        String bits = " " + (n + 7) / 8;
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                razor(0.9, RazorValues.FP16, ActivationRule.TWO_BIT),
                convolution(4, 4, 3),
                norm(),
                relu(),
                convolution(4, 4, 1),
                new ActivationLayer(Activation.GELU),
                convolution(4, 4, 1));
        assertEquals(
                List.of(
                        "input 2_bits" + bits,
                        "input 2_values " + 3 * room * 2,
                        "input 4_bits" + bits,
                        "input 4_values " + 3 * room * 2,
                        "1/mean 16",
                        "1/variance 16",
                        "1/z_bits" + bits,
                        "1/z_values " + 3 * room * 2,
                        "1/mask" + bits,
                        "3/code " + (n + 3) / 4),
                keeps(twin, IMAGE));
    }

    @Test
    void whatNobodyReadsIsNotKept() {
        assertEquals(
                List.of("1/mask 53"),
                keeps(
                        new Twin(
                                DataType.FLOAT,
                                HostChoice.OWN,
                                razor(0.9),
                                new FrozenLayer(convolution(4, 4, 3)),
                                new FrozenLayer(norm()),
                                relu(),
                                new FrozenLayer(convolution(4, 4, 3)),
                                pooling(PoolingType.AVG)),
                        IMAGE));
        Twin dense = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                new FrozenLayer(dense(11, 9)),
                new FrozenLayer(dense(9, 6)),
                dense(6, 5),
                new FrozenLayer(dense(5, 4)));
        assertEquals(List.of("input 2 " + 3 * 6 * 4), keeps(dense, ROWS));
    }

    /** The gradient's formula on thinned z, with the exact statistics, the ReLU from its own bits. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.9})
    void batchNormalisationFollowsTheFormula(double prune) {
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(prune), relu(), norm(), relu());
        INDArray x = Twin.normal(DataType.DOUBLE, 1, IMAGE);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, IMAGE);
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        INDArray in = x.mul(x.gt(0).castTo(DataType.DOUBLE));
        INDArray gamma = twin.parameters.get(1).reshape(16).get(NDArrayIndex.interval(0, 4));
        INDArray mean = in.mean(0, 2, 3);
        INDArray rstd = Transforms.sqrt(in.var(false, 0, 2, 3).add(1e-5).rdiv(1));
        INDArray z = thinned(in.sub(perChannel(mean)).mul(perChannel(rstd)), prune);
        INDArray g = dy.mul(step.out().gt(0).castTo(DataType.DOUBLE));
        INDArray gz = g.mul(z);
        INDArray dx = g.sub(perChannel(g.mean(0, 2, 3))).sub(z.mul(perChannel(gz.mean(0, 2, 3))));
        dx.muli(perChannel(gamma.mul(rstd))).muli(x.gt(0).castTo(DataType.DOUBLE));
        Compare.near(dx, step.dx(), 1e-12, "dx");
        INDArray flat = step.gradients().get(1).reshape(16);
        for (int c = 0; c < 4; c++) {
            assertEquals(gz.sum(0, 2, 3).getDouble(c), flat.getDouble(c), 1e-12, "dGamma");
            assertEquals(g.sum(0, 2, 3).getDouble(c), flat.getDouble(4 + c), 1e-12, "dBeta");
        }
    }

    private static INDArray perChannel(INDArray values) {
        return values.reshape(1, 4, 1, 1).broadcast(IMAGE);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"SWISH", "GELU"},
            value = Activation.class)
    void twoBitsFollowTheFormula(Activation activation) {
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0.9), new ActivationLayer(activation));
        INDArray x = Twin.normal(DataType.DOUBLE, 1, IMAGE).muli(5);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, IMAGE);
        INDArray dx = twin.inner(x, dy, Twin.TRAINING).dx();
        double scale = activation == Activation.GELU ? 1.702f : 1;
        boolean[] seen = new boolean[4];
        for (long i = 0; i < x.length(); i++) {
            int code = 0;
            for (double knot : Curve.SILU.getKnots()) {
                code += x.getDouble(i) * scale > knot ? 1 : 0;
            }
            seen[code] = true;
            assertEquals(dy.getDouble(i) * Curve.SILU.level(code), dx.getDouble(i), 1e-12);
        }
        assertTrue(seen[0] && seen[1] && seen[2] && seen[3], "all four codes occur");
    }

    @Test
    void halfOfAnActivationsInputIsNearlyExact() {
        for (Activation activation : List.of(Activation.TANH, Activation.GELU, Activation.SWISH)) {
            Layer[] layers = {relu(), new ActivationLayer(activation), relu()};
            INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, IMAGE);
            Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
            Twin half =
                    new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9, RazorValues.INT8, ActivationRule.FP16), layers);
            INDArray expected = plain.inner(x, dy, Twin.TRAINING).dx();
            INDArray actual = half.inner(x, dy, Twin.TRAINING).dx();
            Compare.near(expected, actual, 5e-3, activation.toString());
            Compare.different(expected, actual, activation.toString());
        }
    }

    /** Where the user says so, a max pooling looks for its maximum in x̂. */
    @Test
    void poolingReadsThinnedInputOnRequestOnly() {
        Layer[] layers = {new ActivationLayer(Activation.TANH), pooling(PoolingType.MAX)};
        INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
        Keeper keeper = Keeper.thinned(new Thinning(0.9, RazorValues.FULL));
        Function<Layer, Keeping> all = layer -> new Keeping(keeper, keeper, ActivationRule.DENSE, true);
        Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
        Twin thinned = new Twin(DataType.FLOAT, HostChoice.OWN, all, layers);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, plain.network.outputShape(IMAGE));
        Compare.different(
                plain.inner(x, dy, Twin.TRAINING).dx(),
                thinned.inner(x, dy, Twin.TRAINING).dx(),
                "dx");
        assertTrue(keeps(thinned, IMAGE).stream().anyMatch(name -> name.startsWith("input 1_bits")));
        assertTrue(keeps(new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), layers), IMAGE)
                .contains("input 1 " + 3 * 4 * 7 * 5 * 4));
    }

    @ParameterizedTest
    @EnumSource(RazorValues.class)
    void everyKindOfValuesRepeatsItself(RazorValues values) {
        for (Arguments row : networks().toList()) {
            Layer[] layers = (Layer[]) row.get()[0];
            Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.8, values, ActivationRule.THINNED), layers);
            INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, twin.network.outputShape(IMAGE));
            Twin.Step first = twin.inner(x, dy, Twin.TRAINING);
            assertTrue(twin.kept.isEmpty());
            near(first, twin.inner(x, dy, Twin.TRAINING), 0);
        }
    }
}
