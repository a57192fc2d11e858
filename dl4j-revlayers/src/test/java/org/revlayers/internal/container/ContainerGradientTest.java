package org.revlayers.internal.container;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;

/** Containers that keep everything against central differences, in DOUBLE. */
class ContainerGradientTest {

    @BeforeAll
    static void useDouble() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @AfterAll
    static void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** Smooth ones, as central differences need it. */
    private static Layer[] layers() {
        return new Layer[] {
            ContainerNets.convolution("first", 3, 3, 2),
            new ActivationLayer(Activation.TANH),
            new ResidualUnit.Builder()
                    .main(
                            ContainerNets.convolution("a", 2, 3, 1),
                            new ActivationLayer(Activation.SWISH),
                            ContainerNets.convolution("b", 3, 1, 1))
                    .shortcut(ContainerNets.convolution("c", 3, 1, 1))
                    .after(new ActivationLayer(Activation.GELU))
                    .build(),
            new ResidualUnit.Builder()
                    .main(ContainerNets.convolution("d", 3, 1, 1))
                    .build()
        };
    }

    static Stream<Layer> containers() {
        return Stream.of(
                new CheckpointSequence.Builder().layers(layers()).build(),
                new RazorSequence.Builder()
                        .layers(layers())
                        .memory(Memory.razor(0).values(RazorValues.FULL))
                        .activations(ActivationMemory.THINNED)
                        .build(),
                new RazorSequence.Builder()
                        .layers(layers())
                        .memory(Memory.store())
                        .build(),
                layers()[2]);
    }

    @ParameterizedTest
    @MethodSource("containers")
    void gradientsAreThoseOfTheFunction(Layer container) {
        MultiLayerNetwork net = ContainerNets.net(DataType.DOUBLE, o -> o.updater(new NoOp()), container);
        DataSet data = ContainerNets.data(DataType.DOUBLE, 2, 1);
        assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(net)
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .input(data.getFeatures())
                .labels(data.getLabels())));
    }
}
