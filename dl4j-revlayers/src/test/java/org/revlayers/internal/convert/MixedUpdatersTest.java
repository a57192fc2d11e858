package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.revlayers.Lean;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/**
 * A network whose layers have updaters and gradient normalisation of their own, plain and with these layers in a container: whatever DL4J sets on layers or
 * does with gradients comes to the same.
 */
class MixedUpdatersTest {

    private static final int INPUTS = 6;

    private static Layer dense(int out, IUpdater updater, Consumer<DenseLayer.Builder> options) {
        DenseLayer.Builder layer =
                new DenseLayer.Builder().nOut(out).activation(Activation.TANH).updater(updater);
        options.accept(layer);
        return layer.build();
    }

    private static Layer[] layers(Consumer<DenseLayer.Builder> options) {
        return new Layer[] {
            dense(5, new Adam(0.01), options),
            dense(7, new Nesterovs(0.02, 0.9), options),
            dense(4, new RmsProp(0.005), options)
        };
    }

    private static MultiLayerNetwork net(OptimizationAlgorithm algorithm, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.DOUBLE)
                .optimizationAlgo(algorithm)
                .updater(new Nesterovs(0.1, 0.5)) // M2.1's setLearningRate fails beside an updater without state
                .list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(INPUTS))
                .build());
        net.init();
        return net;
    }

    /** Plain, and the same layers in the two kinds of sequences, the razor off. Parameters lie in the same order in all. */
    private static Map<String, MultiLayerNetwork> nets(
            OptimizationAlgorithm algorithm, Consumer<DenseLayer.Builder> options) {
        Map<String, MultiLayerNetwork> nets = new LinkedHashMap<>();
        nets.put("plain", net(algorithm, layers(options)));
        nets.put(
                "checkpoint",
                net(
                        algorithm,
                        new CheckpointSequence.Builder().layers(layers(options)).build()));
        nets.put(
                "razor",
                net(
                        algorithm,
                        new RazorSequence.Builder()
                                .memory(Memory.store())
                                .layers(layers(options))
                                .build()));
        nets.put(
                "converted",
                Lean.convert(
                                net(algorithm, layers(options)),
                                Memory.razor(0).values(RazorValues.FULL).activations(ActivationMemory.DENSE))
                        .network());
        nets.values().forEach(net -> net.setParams(nets.get("plain").params().dup()));
        return nets;
    }

    private static Map<String, MultiLayerNetwork> nets() {
        return nets(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT, o -> {});
    }

    private static DataSet data(int batch) {
        INDArray x = Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 31.7, (long) batch * INPUTS))
                .reshape('c', batch, INPUTS);
        INDArray y = Nd4j.zeros(DataType.DOUBLE, batch, 3);
        for (int i = 0; i < batch; i++) {
            y.putScalar(i, i % 3, 1);
        }
        return new DataSet(x, y);
    }

    private static void train(MultiLayerNetwork net) {
        for (int i = 0; i < 3; i++) {
            net.fit(data(5));
        }
    }

    private static void sameTrainings(Map<String, MultiLayerNetwork> nets, Consumer<MultiLayerNetwork> change) {
        MultiLayerNetwork plain = nets.get("plain");
        nets.forEach((name, net) -> {
            train(net);
            change.accept(net);
            train(net);
            Compare.near(plain.params(), net.params(), 1e-13, name);
            assertEquals(plain.score(), net.score(), 1e-12, name);
        });
    }

    @Test
    void learningRatesReachEveryLayer() {
        sameTrainings(nets(), net -> {
            net.setLearningRate(0.003);
            for (int i = 0; i < net.getnLayers(); i++) {
                assertEquals(0.003, net.getLearningRate(i));
            }
        });
        ISchedule falling = new ExponentialSchedule(ScheduleType.ITERATION, 0.02, 0.8);
        sameTrainings(nets(), net -> net.setLearningRate(falling));
        sameTrainings(nets(), net -> {
            net.setLearningRate(0.003);
            net.setLearningRate(falling);
            net.setLearningRate(0.01);
        });
    }

    @Test
    void learningRatesOfACopyAreItsOwn() {
        MultiLayerNetwork net = nets().get("checkpoint");
        MultiLayerNetwork other = nets().get("checkpoint");
        MultiLayerNetwork copy = new MultiLayerNetwork(org.deeplearning4j.nn.conf.MultiLayerConfiguration.fromJson(
                net.getLayerWiseConfigurations().toJson()));
        copy.init();
        copy.setParams(net.params());
        copy.setLearningRate(0.5);
        train(copy);
        train(net);
        train(other);
        Compare.same(other.params(), net.params(), "the network that was copied");
    }

    @Test
    void countersReachUpdaters() {
        ISchedule falling = new ExponentialSchedule(ScheduleType.ITERATION, 0.02, 0.8);
        ISchedule byEpoch = new ExponentialSchedule(ScheduleType.EPOCH, 0.02, 0.5);
        for (ISchedule schedule : new ISchedule[] {falling, byEpoch}) {
            sameTrainings(nets(), net -> {
                net.setLearningRate(schedule);
                net.setIterationCount(7);
                net.setEpochCount(3);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(GradientNormalization.class)
    void gradientsAreNormalisedByTheUpdater(GradientNormalization kind) {
        Map<String, MultiLayerNetwork> nets =
                nets(OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT, o -> o.gradientNormalization(kind)
                        .gradientNormalizationThreshold(0.03));
        MultiLayerNetwork plain = nets.get("plain");
        nets.forEach((name, net) -> {
            net.setInput(data(5).getFeatures());
            net.setLabels(data(5).getLabels());
            net.computeGradientAndScore();
            Compare.near(plain.getFlattenedGradients(), net.getFlattenedGradients(), 1e-14, name + ", backward");
        });
        sameTrainings(nets, net -> {});
    }

    @ParameterizedTest
    @EnumSource(
            value = OptimizationAlgorithm.class,
            names = {"LINE_GRADIENT_DESCENT", "CONJUGATE_GRADIENT", "LBFGS"})
    void solversWithLineSearchFindTheSame(OptimizationAlgorithm algorithm) {
        for (GradientNormalization kind : GradientNormalization.values()) {
            Consumer<DenseLayer.Builder> options =
                    o -> o.gradientNormalization(kind).gradientNormalizationThreshold(0.03);
            Map<String, MultiLayerNetwork> nets = nets(algorithm, options);
            sameTrainings(nets, net -> {});
            if (Devices.current()
                    == null) { // DL4J's own line search finds no step over the emulated device, of a plain network
                assertNotEquals(
                        nets(algorithm, options).get("plain").params(),
                        nets.get("plain").params(),
                        "something was trained");
            }
        }
    }

    @Test
    void parametersThatAreSetAreRead() {
        Map<String, MultiLayerNetwork> nets = nets();
        nets.remove("converted");
        INDArray weights = Nd4j.linspace(-1, 1, 35, DataType.DOUBLE).reshape('c', 5, 7);
        nets.get("plain").getLayer(1).setParam("W", weights.dup());
        nets.get("checkpoint").getLayer(0).setParam("1.W", weights.dup());
        nets.get("razor").setParam("0_1.W", weights.dup());
        sameTrainings(nets, net -> {});
        assertEquals(
                ((BaseLayer) nets.get("plain").getLayer(1).conf().getLayer()).getIUpdater(),
                ((CheckpointSequence) nets.get("checkpoint").getLayer(0).conf().getLayer()).getUpdaterByParam("1.W"));
    }
}
