package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** Against DL4J's own implementation, channels first and last, with numbers that are equal in a window. */
class MaxPoolInnerTest {

    private static final Pass TRAINING = new Pass(true, 0, 0, 1, null);

    @BeforeEach
    void onTheCpu() {
        assumeTrue(Devices.current() == null, "a device's pooling is ND4J's");
    }

    private static SubsamplingLayer pooling(ConvolutionMode mode, int reach, int stride, int padding) {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(reach, reach == 1 ? 1 : reach - 1)
                .stride(stride, stride)
                .padding(padding, Math.min(padding, Math.max(0, reach - 2)))
                .convolutionMode(mode)
                .build();
    }

    static Stream<SubsamplingLayer> layers() {
        List<SubsamplingLayer> all = new ArrayList<>();
        for (int stride = 1; stride <= 3; stride++) {
            for (int reach = 1; reach <= 4; reach++) {
                if (reach >= stride - 1) { // DL4J refuses others
                    all.add(pooling(ConvolutionMode.Same, reach, stride, 0));
                }
                all.add(pooling(ConvolutionMode.Truncate, reach, stride, 0));
                if (reach > 1) {
                    all.add(pooling(ConvolutionMode.Truncate, reach, stride, 1));
                }
            }
        }
        return all.stream();
    }

    private static INDArray numbers(DataType type, int seed, long... shape) {
        Random random = new Random(seed);
        INDArray x = Nd4j.create(type, shape);
        for (long i = 0; i < x.length(); i++) {
            x.putScalar(i, (random.nextInt(7) - 3) / 2.0);
        }
        return x;
    }

    private record Result(INDArray y, INDArray dx, long kept) {}

    private static Result run(InnerLayer layer, INDArray x, boolean last) {
        INDArray in = last ? x.permute(0, 2, 3, 1).dup('c') : x;
        INDArray y = Nd4j.create(x.dataType(), layer.outputShape(in.shape()));
        Kept keep = new Kept();
        keep.begin();
        layer.forward(in, y, TRAINING, keep);
        long kept = keep.bytes();
        INDArray dy = numbers(x.dataType(), 5, last ? first(y).shape() : y.shape());
        INDArray dx = Nd4j.valueArrayOf(in.shape(), 3.0, x.dataType());
        layer.backward(layer.readsInput() ? in : null, null, last ? last(dy) : dy, dx, TRAINING, keep);
        keep.clear();
        return new Result(last ? first(y) : y, last ? first(dx) : dx, kept);
    }

    private static INDArray first(INDArray array) {
        return array.permute(0, 3, 1, 2).dup('c');
    }

    private static INDArray last(INDArray array) {
        return array.permute(0, 2, 3, 1).dup('c');
    }

    private static InnerLayer made(SubsamplingLayer layer, DataType type, HostChoice hosts) {
        return InnerLayers.network(
                        List.of(layer),
                        java.util.Arrays.asList((INDArray) null),
                        new InnerLayers.Setting(new NeuralNetConfiguration(), type, 0, false, hosts))
                .layers()
                .get(0);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void asDl4jDoes(SubsamplingLayer layer) {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray x = numbers(type, 4, 2, 3, 9, 8);
            Result stock = run(made(layer, type, HostChoice.STOCK), x, false);
            for (boolean last : new boolean[] {false, true}) {
                MaxPoolInner own = (MaxPoolInner) made(layer, type, HostChoice.OWN);
                if (last) {
                    own.haveChannelsLast();
                }
                Result result = run(own, x, last);
                Compare.same(stock.y(), result.y(), "maxima");
                Compare.near(stock.dx(), result.dx(), Tolerances.FLOAT_ORDER, "gradient");
                assertEquals(result.y().length(), result.kept());
                assertEquals(
                        result.kept() / 2,
                        own.predictKept(InputType.convolutional(9, 8, 3)).stream()
                                .mapToLong(prediction -> prediction.bits(32) / 8)
                                .sum());
            }
        }
    }

    private static String reason(SubsamplingLayer layer, DataType type, HostChoice hosts) {
        return DenseReads.reason(layer, InnerLayers.Setting.outline(type, hosts));
    }

    private static void assertSays(String what, String reason) {
        assertTrue(reason.contains("maxima") && reason.contains(what), reason);
    }

    @Test
    void masksAreThoseOfDl4j() {
        SubsamplingLayer layer = pooling(ConvolutionMode.Truncate, 3, 2, 1);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 1, 9, 8);
        mask.get(NDArrayIndex.point(1), NDArrayIndex.all(), NDArrayIndex.interval(4, 9), NDArrayIndex.all())
                .assign(0);
        Compare.same(
                made(layer, DataType.FLOAT, HostChoice.STOCK).outputMask(mask, 2),
                made(layer, DataType.FLOAT, HostChoice.OWN).outputMask(mask, 2),
                "mask");
    }

    @Test
    void nothingIsKeptWhereNoBackwardFollows() {
        InnerLayer layer = made(pooling(ConvolutionMode.Truncate, 3, 2, 1), DataType.FLOAT, HostChoice.OWN);
        INDArray x = numbers(DataType.FLOAT, 4, 2, 3, 9, 8);
        INDArray y = Nd4j.create(DataType.FLOAT, layer.outputShape(x.shape()));
        Kept passing = Kept.passing();
        passing.begin();
        layer.forward(x, y, TRAINING, passing);
        assertTrue(passing.isEmpty());
        Compare.same(run(layer, x, false).y(), y, "maxima");
    }

    /** What the host cannot do stays DL4J's. */
    @Test
    void othersAreDl4js() {
        SubsamplingLayer mean = new SubsamplingLayer.Builder(PoolingType.AVG)
                .kernelSize(2, 2)
                .stride(2, 2)
                .build();
        SubsamplingLayer dilated = new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(2, 2)
                .dilation(2, 2)
                .build();
        SubsamplingLayer padded = pooling(ConvolutionMode.Truncate, 2, 1, 2);
        SubsamplingLayer wide = pooling(ConvolutionMode.Same, 17, 1, 0);
        for (SubsamplingLayer layer : List.of(mean, dilated, wide, padded)) {
            assertTrue(made(layer, DataType.FLOAT, HostChoice.OWN) instanceof StockInner, layer.toString());
        }
        SubsamplingLayer hosted = pooling(ConvolutionMode.Truncate, 3, 2, 1);
        assertTrue(made(hosted, DataType.FLOAT16, HostChoice.OWN) instanceof StockInner, "HALF");
        assertNull(reason(hosted, DataType.FLOAT, HostChoice.OWN));
        assertSays("HALF", reason(hosted, DataType.FLOAT16, HostChoice.OWN));
        assertSays("stockHosts", reason(hosted, DataType.FLOAT, HostChoice.STOCK));
        assertSays("dilated", reason(dilated, DataType.FLOAT, HostChoice.OWN));
        assertSays("does not fit a byte", reason(wide, DataType.FLOAT, HostChoice.OWN));
        assertSays("padding", reason(padded, DataType.FLOAT, HostChoice.OWN));
        SubsamplingLayer dropping = pooling(ConvolutionMode.Truncate, 3, 2, 1);
        dropping.setIDropout(new Dropout(0.5));
        assertTrue(made(dropping, DataType.FLOAT, HostChoice.OWN) instanceof MaxPoolInner, "DL4J ignores it");
    }
}
