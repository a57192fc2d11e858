package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.keep.Memory;
import org.revlayers.models.VisionTransformer;
import org.revlayers.training.SameDiffTrainer;

/** The comparison is fair: the stock graph and our plain network are the same function with the same gradient. */
class StockSameDiffVitTest {

    private static final double TOLERANCE = 1e-4;
    private static final double RATE = 0.1;
    private static final VitShape SHAPE = new VitShape(VisionTransformer.Size.TI, 2, 32, 2);

    private final DataSet data = SHAPE.data();
    private MultiLayerNetwork net;
    private SameDiff graph;

    @BeforeEach
    void sameWeights() {
        net = VisionTransformer.builder()
                .size(SHAPE.size())
                .depth(SHAPE.depth())
                .height(SHAPE.image())
                .width(SHAPE.image())
                .classes(BenchModel.CLASSES)
                .normEps(1e-12) // ND4J's layer_norm has practically none
                .updater(new Sgd(RATE))
                .build()
                .init();
        Nd4j.getRandom().setSeed(3);
        net.params()
                .addi(Nd4j.randn(DataType.FLOAT, net.params().shape()).muli(0.02)); // no bias at zero, no gain at one
        graph = new StockSameDiffVit(SHAPE, StockSameDiffVit.Gelu.ERF, (name, shape) -> ours(name)
                        .reshape('c', shape)
                        .dup('c'))
                .build(new Sgd(RATE));
    }

    /** Our network's parameter by the stock graph's name. */
    private INDArray ours(String name) {
        Map<String, INDArray> p = net.paramTable();
        int output = SHAPE.depth() + 3; // after embedding, pooling, norm
        if (name.startsWith("block")) {
            int dot = name.indexOf('.');
            String layer = 1 + Integer.parseInt(name.substring("block".length(), dot)) + "_";
            String own = name.substring(dot + 1);
            int part = "qkv".indexOf(own.charAt(0));
            if (own.length() > 2 || part < 0) {
                return p.get(layer + own);
            }
            INDArray qkv = p.get(layer + "qkv" + own.substring(1));
            long n = SHAPE.features();
            var columns = NDArrayIndex.interval(part * n, (part + 1) * n);
            return qkv.rank() == 1 ? qkv.get(columns) : qkv.get(NDArrayIndex.all(), columns);
        }
        return switch (name) {
            case "normGamma", "normBeta" -> p.get(output - 1 + "_" + name);
            case "outputW" -> p.get(output + "_W");
            case "outputB" -> p.get(output + "_b");
            default -> p.get("0_" + name);
        };
    }

    private static void near(INDArray expected, INDArray actual, String what) {
        double difference =
                expected.sub(actual.reshape(expected.shape())).amaxNumber().doubleValue();
        assertTrue(difference < TOLERANCE, what + " differs by " + difference);
    }

    @Test
    void sameOutputAndLoss() {
        Map<String, INDArray> inputs =
                Map.of(StockSameDiffVit.IMAGE, data.getFeatures(), StockSameDiffVit.LABEL, data.getLabels());
        Map<String, INDArray> stock = graph.output(inputs, StockSameDiffVit.OUTPUT, StockSameDiffVit.LOSS);
        near(net.output(data.getFeatures()), stock.get(StockSameDiffVit.OUTPUT), "output");
        assertEquals(
                net.score(data), stock.get(StockSameDiffVit.LOSS).getDouble(0), TOLERANCE * Math.abs(net.score(data)));
    }

    @Test
    void sameWeightsAfterASgdStep() {
        INDArray before = net.params().dup();
        net.fit(data);
        graph.fit(data);
        assertTrue(before.sub(net.params()).amaxNumber().doubleValue() > 10 * TOLERANCE, "the step moved the weights");
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                near(ours(v.name()), v.getArr(), v.name());
            }
        }
    }

    @Test
    void itsBlocksBecomeAChain() {
        Conversion<SameDiff> result = Lean.convert(graph, Memory.checkpoint());
        assertEquals(1, result.report().chains().size());
        assertEquals(2 * SHAPE.depth(), result.report().chains().get(0).subBlocks(), () -> result.report()
                .toString());
        Map<String, INDArray> inputs = Map.of(StockSameDiffVit.IMAGE, data.getFeatures());
        near(
                graph.outputSingle(inputs, StockSameDiffVit.OUTPUT),
                result.network().outputSingle(inputs, StockSameDiffVit.OUTPUT),
                "output");
        try (SameDiffTrainer stock = new SameDiffTrainer(graph);
                SameDiffTrainer chain = new SameDiffTrainer(result.network())) {
            double loss = stock.fit(data).totalLoss();
            assertEquals(loss, chain.fit(data).totalLoss(), TOLERANCE * Math.abs(loss));
            assertTrue(chain.keptBytes() < stock.keptBytes(), chain.keptByOp() + " of " + stock.keptByOp());
        }
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                near(v.getArr(), result.network().getVariable(v.name()).getArr(), v.name());
            }
        }
    }

    @Test
    void theFastGeluIsCloseToTheExactOne() {
        SameDiff fast = new StockSameDiffVit(SHAPE, StockSameDiffVit.Gelu.SIGMOID, (name, shape) -> ours(name)
                        .reshape('c', shape)
                        .dup('c'))
                .build(new Sgd(RATE));
        Map<String, INDArray> inputs = Map.of(StockSameDiffVit.IMAGE, data.getFeatures());
        INDArray output = fast.outputSingle(inputs, StockSameDiffVit.OUTPUT);
        double difference =
                output.sub(net.output(data.getFeatures())).amaxNumber().doubleValue();
        assertTrue(difference < 0.05, "outputs differ by " + difference);
    }
}
