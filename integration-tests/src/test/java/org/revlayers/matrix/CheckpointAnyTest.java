package org.revlayers.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.model.UNet;
import org.deeplearning4j.zoo.model.VGG16;
import org.deeplearning4j.zoo.model.VGG19;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;

/** Networks without residual blocks, checkpointed: the same gradients, less that is kept. */
class CheckpointAnyTest {

    private static final int SIDE = 32;
    private static final int[] SHAPE = {3, SIDE, SIDE};

    static Stream<Arguments> networks() {
        return Stream.of(
                Arguments.of(
                        "UNet",
                        UNet.builder()
                                .numClasses(1)
                                .updater(new Sgd(1e-3))
                                .inputShape(SHAPE)
                                .build()
                                .init()),
                Arguments.of(
                        "VGG16",
                        VGG16.builder()
                                .numClasses(4)
                                .updater(new Sgd(1e-3))
                                .inputShape(SHAPE)
                                .build()
                                .init()),
                Arguments.of(
                        "VGG19",
                        VGG19.builder()
                                .numClasses(4)
                                .updater(new Sgd(1e-3))
                                .inputShape(SHAPE)
                                .build()
                                .init()));
    }

    private static void withoutDropout(ComputationGraph net) {
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            Layer conf = layer.conf().getLayer();
            if (conf.getIDropout() instanceof Dropout) {
                conf.setIDropout(null);
            }
        }
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void sameGradientsInLessMemory(String name, ComputationGraph single) {
        ComputationGraph net = single.convertDataType(DataType.DOUBLE); // what is exact shows
        withoutDropout(net);
        INDArray x = Nd4j.rand(DataType.DOUBLE, 2, 3, SIDE, SIDE);
        INDArray y = name.equals("UNet")
                ? Nd4j.rand(DataType.DOUBLE, 2, 1, SIDE, SIDE).gt(0.5).castTo(DataType.DOUBLE)
                : Nd4j.eye(4).getRows(0, 2).castTo(DataType.DOUBLE);
        Conversion<ComputationGraph> lean = Lean.convert(net, Memory.checkpoint(), Sample.of(x));
        assertTrue(lean.report().checkpoints().size() >= 4, lean.report()::toString);
        assertTrue(
                lean.report().comparison().keptAfter()
                        < 0.75 * lean.report().comparison().keptBefore(),
                lean.report()::toString);
        INDArray before = net.params().dup();
        net.fit(new MultiDataSet(x, y));
        lean.network().fit(new MultiDataSet(x, y));
        double step = net.params().sub(before).amaxNumber().doubleValue();
        Map<String, INDArray> restored = Lean.restore(lean.network()).paramTable();
        net.paramTable()
                .forEach((key, value) -> assertEquals(
                        0, value.sub(restored.get(key)).amaxNumber().doubleValue(), 1e-6 * step, key));
    }
}
