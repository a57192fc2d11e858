package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;

/** The options that DL4J gives every layer act on ours: gradient normalisation, regularisation, constraints, noise, dropout. */
class BaseLayerOptionsContractTest {

    private static final double RATE = 0.5;

    private static MultiLayerNetwork net(LayerCase layerCase, Consumer<NeuralNetConfiguration.Builder> options) {
        return layerCase.net(DataType.DOUBLE, o -> options.accept(o.updater(new Sgd(RATE))));
    }

    /** What one step takes away from every parameter. */
    private static Map<String, INDArray> step(LayerCase layerCase, MultiLayerNetwork net) {
        Map<String, INDArray> change = new java.util.LinkedHashMap<>();
        net.paramTable().forEach((name, p) -> change.put(name, p.dup()));
        net.fit(layerCase.data(DataType.DOUBLE, 3, 1));
        net.paramTable().forEach((name, p) -> change.get(name).subi(p));
        return change;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void gradientsAreClippedPerLayer(LayerCase layerCase) {
        double limit = 1e-3;
        MultiLayerNetwork net = net(layerCase, o -> o.gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(limit));
        INDArray before = net.params().dup();
        Map<String, INDArray> change = step(layerCase, net);
        Compare.different(before, net.params(), "a step was made");
        for (int i = 0; i < net.getnLayers(); i++) {
            double squares = 0;
            for (String name : net.getLayer(i).paramTable().keySet()) {
                squares += Math.pow(change.get(i + "_" + name).norm2Number().doubleValue(), 2);
            }
            double norm = Math.sqrt(squares);
            assertTrue(norm <= RATE * limit * (1 + Tolerances.DIFFERENCES), "layer " + i + " moves by " + norm);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void weightDecayActsOnWeightsOnly(LayerCase layerCase) {
        double l2 = 0.1;
        MultiLayerNetwork without = net(layerCase, o -> {});
        MultiLayerNetwork with = net(layerCase, o -> o.l2(l2));
        INDArray initial = without.params().dup();
        Compare.same(initial, with.params(), "initial parameters");
        Map<String, INDArray> weights = with.clone().paramTable();
        Map<String, INDArray> plain = step(layerCase, without);
        Map<String, INDArray> decayed = step(layerCase, with);
        for (int i = 0; i < with.getnLayers(); i++) {
            for (String name : with.getLayer(i).paramTable().keySet()) {
                String key = i + "_" + name;
                boolean isWeight = name.endsWith("W");
                INDArray expected =
                        isWeight ? plain.get(key).add(weights.get(key).mul(RATE * l2)) : plain.get(key);
                Compare.near(expected, decayed.get(key), Tolerances.DOUBLE_ORDER, key);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void constraintsHoldForWeights(LayerCase layerCase) {
        double limit = 0.2;
        MultiLayerNetwork net = net(layerCase, o -> o.constrainWeights(new MaxNormConstraint(limit, 0)));
        net.fit(layerCase.data(DataType.DOUBLE, 3, 1));
        net.paramTable().forEach((name, p) -> {
            if (name.endsWith("W")) {
                double largest = p.norm2(0).maxNumber().doubleValue();
                assertTrue(largest <= limit * (1 + Tolerances.NORM_LIMIT), () -> name + " has a norm of " + largest);
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void weightNoiseActsInTrainingOnly(LayerCase layerCase) {
        boolean container = Stream.of("chain", "sequence", "unit", "ODE").anyMatch(layerCase.name()::contains);
        if (container) {
            return; // refuses it: a recomputation would draw again
        }
        noiseActsInTrainingOnly(layerCase, o -> o.weightNoise(new DropConnect(0.6)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#all")
    void inputDropoutActsInTrainingOnly(LayerCase layerCase) {
        noiseActsInTrainingOnly(layerCase, o -> o.dropOut(new Dropout(0.6)));
    }

    private static void noiseActsInTrainingOnly(LayerCase layerCase, Consumer<NeuralNetConfiguration.Builder> noise) {
        MultiLayerNetwork plain = net(layerCase, o -> {});
        MultiLayerNetwork noisy = net(layerCase, noise);
        INDArray x = layerCase.data(DataType.DOUBLE, 3, 1).getFeatures();
        INDArray untouched = x.dup();
        Compare.same(plain.output(x), noisy.output(x), "inference");
        plain.fit(layerCase.data(DataType.DOUBLE, 3, 1));
        noisy.fit(layerCase.data(DataType.DOUBLE, 3, 1));
        Compare.different(plain.params(), noisy.params(), "training");
        assertFalse(Double.isNaN(noisy.params().sumNumber().doubleValue()));
        noisy.output(x, true);
        assertEquals(untouched, x, "the input");
    }
}
