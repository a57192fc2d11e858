package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.training.SameDiffTrainer;

/** Chains in training, in files, and made of parts of other graphs. */
class GraphChainTest {

    private static final CoefficientSchedule MOVING = CoefficientSchedule.linear(1, 0.125, 0.25, 0.75, 4);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"REVERSE,STOCK", "REVERSE,OURS", "REVERSE,DROPOUT", "CHECKPOINT,DROPOUT"})
    void trainsBitForBitAsThePlainGraphDoes(ChainMode mode, ChainNet.Body body) {
        ChainNet net = ChainNet.of(mode, 1, 1).with(body).with(MOVING);
        SameDiff fitted = net.graph();
        SameDiff trained = net.graph();
        SameDiff plain =
                ChainNet.of(ChainMode.STORE, 1, 1).with(body).with(MOVING).graph();
        float before = net.loss(fitted);
        try (SameDiffTrainer trainer = new SameDiffTrainer(trained)) {
            for (int step = 0; step < 8; step++) {
                fitted.fit(net.batch(step));
                plain.fit(net.batch(step));
                trainer.fit(net.batch(step));
                GraphValues.assertBits(GraphValues.parameters(plain), GraphValues.parameters(fitted));
                GraphValues.assertBits(GraphValues.parameters(plain), GraphValues.parameters(trained));
            }
        }
        assertEquals(net.loss(plain), net.loss(fitted));
        assertTrue(net.loss(fitted) < before, before + " to " + net.loss(fitted));
    }

    @Test
    void goesOnAfterASaveAsIfNothingHadHappened() throws Exception {
        ChainNet net =
                ChainNet.of(ChainMode.REVERSE, 1, 1).with(ChainNet.Body.DROPOUT).with(MOVING);
        SameDiff straight = net.graph();
        for (int step = 0; step < 3; step++) {
            straight.fit(net.batch(step));
        }
        File file = folder.resolve("chain.fb").toFile();
        straight.save(file, true);
        SameDiff resumed = SameDiff.load(file, true);
        assertEquals(net.output(straight), net.output(resumed));
        for (int step = 3; step < 6; step++) {
            straight.fit(net.batch(step));
            resumed.fit(net.batch(step));
        }
        GraphValues.assertBits(GraphValues.parameters(straight), GraphValues.parameters(resumed));
    }

    @Test
    void gradientsOfALoadedGraphAreThoseOfItsPresentCoefficients() throws Exception {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, 1, 1).with(MOVING);
        SameDiff sd = net.graph();
        Map<String, INDArray> first = net.gradients(sd);
        sd.getTrainingConfig().setIterationCount(4);
        File file = folder.resolve("chain.fb").toFile();
        sd.save(file, false);
        Map<String, INDArray> last = net.gradients(SameDiff.load(file, false));
        ChainNet fixed = ChainNet.of(ChainMode.REVERSE, 0.25, 0.75);
        GraphValues.assertBits(fixed.gradients(fixed.graph()), last);
        assertNotEquals(first.get("chain/mlp0/w1"), last.get("chain/mlp0/w1"));
    }

    @Test
    void frozenParametersStay() {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, 1, 0.125);
        SameDiff sd = net.graph();
        INDArray w = sd.getVariable("chain/mlp2/w1").getArr().dup();
        sd.convertToConstant(sd.getVariable("chain/mlp2/w1"));
        SameDiff free = net.graph();
        Map<String, INDArray> expected = net.gradients(free);
        expected.remove("chain/mlp2/w1");
        GraphValues.assertBits(expected, net.gradients(sd));
        sd.fit(net.batch(1));
        assertEquals(w, sd.getVariable("chain/mlp2/w1").getArr());
    }

    @Test
    void partsOfAPretrainedGraphBecomeAChain() {
        SameDiff pretrained = SameDiff.create();
        SDVariable in = pretrained.placeHolder("in", DataType.FLOAT, -1, 4);
        SDVariable x = in;
        for (int i = 0; i < 3; i++) {
            SDVariable w = pretrained.var("layer" + i + "/w", Nd4j.randn(DataType.FLOAT, 4, 4));
            SDVariable f = RevOps.gelu(x.mmul(w)).rename("layer" + i + "/f");
            x = f.add(x).rename("layer" + i);
        }
        SameDiff sd = SameDiff.create();
        SDVariable other = sd.placeHolder("in", DataType.FLOAT, -1, 4);
        SDVariable y = GraphChain.in(sd, "chain")
                .coefficients(CoefficientSchedule.constant(1, 0))
                .mode(ChainMode.CHECKPOINT)
                .then("0", SubFunction.part(pretrained, "in", "layer0/f"))
                .then("1", SubFunction.part(pretrained, "layer0", "layer1/f"))
                .then("2", SubFunction.part(pretrained, "layer1", "layer2/f"))
                .of(other);
        Map<String, INDArray> input = Map.of("in", Nd4j.randn(DataType.FLOAT, 5, 4));
        INDArray expected = pretrained.outputSingle(input, "layer2");
        // the streams' resolution, a few times
        assertTrue(expected.sub(sd.outputSingle(input, "chain")).amaxNumber().doubleValue() < 1e-5);
        assertEquals(
                pretrained.getVariable("layer1/w").getArr(),
                sd.getVariable("chain/1/layer1/w").getArr());
        assertEquals(y.name(), "chain");
    }

    @Test
    void partsOfTheSameGraphShareItsParameters() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, 4);
        SDVariable w = sd.var("w", Nd4j.randn(DataType.FLOAT, 4, 4));
        SDVariable f = sd.math().tanh(x.mmul(w)).rename("f");
        SDVariable y = GraphChain.in(sd, "chain")
                .then("a", SubFunction.part(sd, "x", "f"))
                .then("b", SubFunction.part(sd, "x", "f"))
                .of(x);
        sd.setLossVariables(y.sum("loss"));
        List<String> names = new ArrayList<>(GraphValues.parameters(sd).keySet());
        assertEquals(List.of("w"), names);
        Map<String, INDArray> input = Map.of("x", Nd4j.randn(DataType.FLOAT, 2, 4));
        assertTrue(sd.calculateGradients(input, "w").get("w").norm2Number().doubleValue() > 0);
        assertEquals(sd.outputSingle(input, f.name()), sd.outputSingle(input, "f"));
    }

    /** Half the range of a sub-block's rounding, accumulated; the streams themselves are exact. */
    @Test
    void halfNetworksHaveIntegerStreamsToo() {
        Map<ChainMode, Map<String, INDArray>> gradients = new TreeMap<>();
        for (ChainMode mode : ChainMode.values()) {
            Nd4j.getRandom().setSeed(3);
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.var("x", Nd4j.randn(DataType.FLOAT16, 5, 8));
            GraphChain chain = GraphChain.in(sd, "chain")
                    .coefficients(CoefficientSchedule.constant(0.5, 0.5))
                    .mode(mode);
            for (int i = 0; i < 4; i++) {
                chain.then("f" + i, (g, u) -> RevOps.gelu(u.mul(g.var("w", Nd4j.rand(DataType.FLOAT16, 8)))));
            }
            sd.setLossVariables(chain.of(x).sum("loss"));
            gradients.put(
                    mode,
                    sd.calculateGradients(Map.of(), GraphValues.parameters(sd).keySet()));
        }
        gradients.get(ChainMode.REVERSE).forEach((name, gradient) -> {
            assertEquals(gradients.get(ChainMode.CHECKPOINT).get(name), gradient, name);
            INDArray plain = gradients.get(ChainMode.STORE).get(name).castTo(DataType.FLOAT);
            double error =
                    plain.sub(gradient.castTo(DataType.FLOAT)).norm2Number().doubleValue();
            assertTrue(error < 0.01 * plain.norm2Number().doubleValue(), name + " " + error);
        });
    }

    @Test
    void chainsMayBeInsideChains() {
        Map<ChainMode, Map<String, INDArray>> gradients = new TreeMap<>();
        for (ChainMode mode : ChainMode.values()) {
            Nd4j.getRandom().setSeed(3);
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.var("x", Nd4j.randn(DataType.FLOAT, 5, 8));
            SubFunction mlp = (g, u) -> RevOps.gelu(u.mul(g.var("w", Nd4j.rand(DataType.FLOAT, 8))));
            SDVariable y = GraphChain.in(sd, "outer")
                    .mode(mode)
                    .then("a", mlp)
                    .then("b", (g, u) -> GraphChain.in(g, "inner")
                            .mode(mode)
                            .then("c", mlp)
                            .then("d", mlp)
                            .of(u.mul(0.5))
                            .mul(2))
                    .of(x);
            sd.setLossVariables(y.sum("loss"));
            gradients.put(
                    mode,
                    sd.calculateGradients(Map.of(), GraphValues.parameters(sd).keySet()));
        }
        assertEquals(4, gradients.get(ChainMode.STORE).size());
        GraphValues.assertBits(gradients.get(ChainMode.STORE), gradients.get(ChainMode.REVERSE));
        GraphValues.assertBits(gradients.get(ChainMode.STORE), gradients.get(ChainMode.CHECKPOINT));
    }

    @Test
    void severalThreadsMayAskForOutputs() throws Exception {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, 1, 0.125);
        SameDiff sd = net.graph();
        INDArray expected = net.output(sd);
        List<CompletableFuture<INDArray>> results = new ArrayList<>();
        INDArray input = net.input(0);
        for (int i = 0; i < 4; i++) {
            results.add(CompletableFuture.supplyAsync(() -> sd.outputSingle(Map.of("in", input), "chain")));
        }
        for (CompletableFuture<INDArray> result : results) {
            assertEquals(expected, result.get());
        }
    }
}
