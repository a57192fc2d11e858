package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;

/** Parameters, gradients and updater state of a chain are DL4J's flattened views, under the names of the layers inside. */
class ChainParametersTest {

    private static final List<String> NAMES =
            List.of("a.dense.W", "a.dense.b", "b.0.W", "b.0.b", "b.1.W", "b.1.b", "exit.0.W", "exit.0.b");

    private static DenseLayer.Builder dense() {
        return new DenseLayer.Builder().nOut(ChainNets.FEATURES).activation(Activation.TANH);
    }

    /** Three stock layers in two sub-blocks and one behind. */
    private static ReversibleChain chain(Layer first, Layer second, Layer third) {
        first.setLayerName("dense");
        return new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("a", first))
                .subBlock(SubBlock.of("b", second, third))
                .exit(dense().build())
                .build();
    }

    private static ReversibleChain chain() {
        return chain(dense().build(), dense().build(), dense().build());
    }

    private static DataSet data() {
        return ChainNets.flatData(DataType.DOUBLE, 4);
    }

    @Test
    void namesAreStableInNetworksAndGraphs() {
        MultiLayerNetwork net = ChainNets.flat(chain(), o -> {});
        ComputationGraph graph = ChainNets.graph(net, InputType.feedForward(ChainNets.FEATURES));
        for (Model model : List.of(net, graph)) {
            String layer = model == net ? "0_" : "chain_";
            Map<String, INDArray> table = model.paramTable();
            assertEquals(
                    NAMES,
                    table.keySet().stream()
                            .filter(k -> k.startsWith(layer))
                            .map(k -> k.substring(layer.length()))
                            .toList());
            assertTrue(model.getParam(layer + "b.1.W") == table.get(layer + "b.1.W"), "one view");
            INDArray other = Nd4j.linspace(DataType.DOUBLE, -1, 0.1, 64).reshape('c', 8, 8);
            INDArray before = output(model).dup();
            model.setParam(layer + "b.1.W", other);
            Compare.same(other, model.getParam(layer + "b.1.W"), "set");
            Compare.different(before, output(model), "output");
        }
        Compare.same(net.params(), graph.params(), "flattened parameters");
        assertEquals(NAMES, net.getLayer(0).conf().variables());
        assertTrue(net.summary().contains("ChainHost"), net.summary());
        assertTrue(graph.summary().contains("ChainHost"), graph.summary());
    }

    private static INDArray output(Model model) {
        INDArray x = data().getFeatures();
        return model instanceof MultiLayerNetwork net ? net.output(x) : ((ComputationGraph) model).outputSingle(x);
    }

    @Test
    void parametersOfALayerGoRoundInTheirOwnLayout() {
        MultiLayerNetwork net = ChainNets.flat(chain(), o -> {});
        INDArray all = net.params().dup();
        org.deeplearning4j.nn.api.Layer layer = net.getLayer(0);
        layer.setParams(layer.params().dup());
        Compare.same(all, net.params(), "its own parameters");
        MultiLayerNetwork other = ChainNets.flat(chain(), o -> o.seed(8));
        other.setParamTable(net.paramTable());
        Compare.same(all, other.params(), "by name");
        String message = assertThrows(IllegalArgumentException.class, () -> layer.setParams(Nd4j.zeros(1, 3)))
                .getMessage();
        assertTrue(message.contains("has 288 parameters, not 3"), message);
    }

    /** What a step takes away from each parameter of the chain, and the gradients of that step. */
    private static Map<String, INDArray> step(MultiLayerNetwork net, Map<String, INDArray> gradients) {
        DataSet data = data();
        ChainNets.gradient(net, data);
        net.getLayer(0)
                .conf()
                .getLayer()
                .initializer()
                .getGradientsFromFlattened(
                        net.getLayer(0).conf(), net.getLayer(0).getGradientsViewArray())
                .forEach((name, g) -> gradients.put(name, g.div(data.numExamples())));
        Map<String, INDArray> change = new LinkedHashMap<>();
        net.getLayer(0).paramTable().forEach((name, p) -> change.put(name, p.dup()));
        net.fit(data);
        net.getLayer(0).paramTable().forEach((name, p) -> change.get(name).subi(p));
        return change;
    }

    private static void near(INDArray expected, INDArray actual, String what) {
        Compare.near(expected, actual, Tolerances.DOUBLE_ORDER, what);
    }

    @Test
    void layersInsideHaveUpdatersAndRegularisationOfTheirOwn() {
        MultiLayerNetwork net = ChainNets.flat(
                chain(
                        dense().updater(new Sgd(0.5)).l2(0.3).build(),
                        dense().updater(new NoOp()).build(),
                        new FrozenLayer(dense().build())),
                o -> o.updater(new Sgd(0.1)).biasUpdater(new Sgd(0.01)).l2(0.2).l1Bias(0.1));
        INDArray w = net.getParam("0_a.dense.W").dup();
        INDArray exit = net.getParam("0_exit.0.W").dup();
        INDArray frozen = net.getParam("0_b.1.W").dup();
        Map<String, INDArray> g = new LinkedHashMap<>();
        Map<String, INDArray> change = step(net, g);
        near(g.get("a.dense.W").add(w.mul(0.3)).mul(0.5), change.get("a.dense.W"), "its own updater and l2");
        near(g.get("a.dense.b").mul(0.01), change.get("a.dense.b"), "the network's for biases");
        near(g.get("exit.0.W").add(exit.mul(0.2)).mul(0.1), change.get("exit.0.W"), "the network's");
        Compare.same(frozen, net.getParam("0_b.1.W"), "frozen");
        // With DL4J's NoOp updater the gradient is the update.
        INDArray b = change.get("b.0.W").add(net.getParam("0_b.0.W"));
        near(g.get("b.0.W").add(b.mul(0.2)), change.get("b.0.W"), "NoOp");
    }

    @Test
    void updaterStateIsThatOfTheLayersInside() {
        MultiLayerNetwork net = ChainNets.flat(
                chain(dense().updater(new Sgd(0.5)).build(), dense().build(), new FrozenLayer(dense().build())),
                o -> o.updater(new Adam(0.01)));
        net.fit(data());
        long perDense = 8 * 8 + 8;
        long head = net.getLayer(1).numParams();
        // Adam has two numbers per parameter, in the second dense layer, the exit and the output layer.
        assertEquals(
                2 * (2 * perDense + head), net.getUpdater().getStateViewArray().length());
    }

    @Test
    void transferLearningReachesTheLayersInside() {
        MultiLayerNetwork net = ChainNets.flat(
                chain(dense().updater(new Adam(0.5)).l2(0.3).build(), dense().build(), dense().build()),
                o -> o.updater(new Adam(0.1)));
        net.fit(data());
        MultiLayerNetwork tuned = new TransferLearning.Builder(net)
                .fineTuneConfiguration(new FineTuneConfiguration.Builder()
                        .updater(new Sgd(0.25))
                        .l2(0.5)
                        .build())
                .build();
        Compare.same(net.params(), tuned.params(), "parameters");
        INDArray w = tuned.getParam("0_a.dense.W").dup();
        INDArray exit = tuned.getParam("0_exit.0.W").dup();
        Map<String, INDArray> g = new LinkedHashMap<>();
        Map<String, INDArray> change = step(tuned, g);
        near(g.get("a.dense.W").add(w.mul(0.5)).mul(0.25), change.get("a.dense.W"), "a layer with its own");
        near(g.get("exit.0.W").add(exit.mul(0.5)).mul(0.25), change.get("exit.0.W"), "a layer without");

        tuned.setLearningRate(0.125);
        change = step(tuned, g);
        near(g.get("b.0.b").mul(0.125), change.get("b.0.b"), "learning rate");
    }

    @Test
    void gradientsAreNormalisedByLayerInsideOrTogether() {
        double limit = 1e-3;
        for (boolean inside : new boolean[] {true, false}) {
            DenseLayer.Builder first = dense();
            if (inside) {
                first.gradientNormalization(GradientNormalization.ClipL2PerLayer)
                        .gradientNormalizationThreshold(limit);
            }
            ReversibleChain chain = chain(first.build(), dense().build(), dense().build());
            if (!inside) {
                chain.setGradientNormalization(GradientNormalization.ClipL2PerLayer);
                chain.setGradientNormalizationThreshold(limit);
            }
            MultiLayerNetwork net = ChainNets.flat(chain, o -> o.updater(new Sgd(1)));
            Map<String, INDArray> change = step(net, new LinkedHashMap<>());
            double own = Math.hypot(length(change.get("a.dense.W")), length(change.get("a.dense.b")));
            double all = Math.sqrt(change.values().stream()
                    .mapToDouble(c -> length(c) * length(c))
                    .sum());
            assertEquals(limit, inside ? own : all, limit * Tolerances.DIFFERENCES);
            assertEquals(inside, all > 2 * limit, "the others");
        }
    }

    private static double length(INDArray change) {
        return change.norm2Number().doubleValue();
    }

    @Test
    void constraintsActInsideAndOverall() {
        double limit = 0.1;
        for (boolean inside : new boolean[] {true, false}) {
            DenseLayer.Builder first = dense();
            if (inside) {
                first.constrainWeights(new MaxNormConstraint(limit, 0));
            }
            ReversibleChain.Builder chain =
                    new ReversibleChain.Builder().subBlock(SubBlock.of("a", first.build(), dense().build()));
            if (!inside) {
                chain.constrainWeights(new MaxNormConstraint(limit, 0));
            }
            MultiLayerNetwork net = ChainNets.flat(chain.build(), o -> {});
            net.fit(data());
            assertTrue(norm(net, "0_a.0.W") <= limit * (1 + Tolerances.NORM_LIMIT));
            assertEquals(!inside, norm(net, "0_a.1.W") <= limit * (1 + Tolerances.NORM_LIMIT));
        }
    }

    private static double norm(MultiLayerNetwork net, String name) {
        return net.getParam(name).norm2(0).maxNumber().doubleValue();
    }
}
