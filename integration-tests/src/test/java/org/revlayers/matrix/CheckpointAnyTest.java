package org.revlayers.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;

/** Networks without residual blocks, checkpointed: the same gradients, less that is kept. */
class CheckpointAnyTest {

    static Stream<Arguments> networks() {
        return ZooNetworks.all().stream()
                .filter(net -> List.of("UNet", "VGG16", "VGG19").contains(net.name()))
                .map(Arguments::of);
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
    void sameGradientsInLessMemory(NamedNetwork named) {
        ComputationGraph net = (ComputationGraph) named.network(DataType.DOUBLE); // what is exact shows
        withoutDropout(net);
        MultiDataSet data = named.data(DataType.DOUBLE);
        Conversion<ComputationGraph> lean = Lean.convert(net, Memory.checkpoint(), Sample.of(data.getFeatures()));
        assertTrue(lean.report().checkpoints().size() >= 4, lean.report()::toString);
        assertTrue(
                lean.report().comparison().keptAfter()
                        < 0.75 * lean.report().comparison().keptBefore(),
                lean.report()::toString);
        INDArray before = net.params().dup();
        net.fit(data);
        lean.network().fit(data);
        double step = net.params().sub(before).amaxNumber().doubleValue();
        Map<String, INDArray> restored = Lean.restore(lean.network()).paramTable();
        net.paramTable()
                .forEach((key, value) -> assertEquals(
                        0, value.sub(restored.get(key)).amaxNumber().doubleValue(), 1e-6 * step, key));
    }
}
