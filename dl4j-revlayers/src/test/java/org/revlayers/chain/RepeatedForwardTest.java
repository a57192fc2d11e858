package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** A forward that is run again for its backward is that of the step, also of a razor that prunes what layers read in forward. */
class RepeatedForwardTest {

    private static final DataSet DATA = ChainNets.data(DataType.FLOAT, 3, 4, 6, 5);

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(1, 1)
                .nOut(4)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer pruned(String name, boolean unit) {
        Layer second = unit
                ? new ResidualUnit.Builder()
                        .main(convolution())
                        .shortcut(convolution())
                        .build()
                : convolution();
        return new RazorSequence.Builder()
                .name(name)
                .memory(Memory.razor(0.5).forward(true))
                .layers(convolution(), second)
                .build();
    }

    private static MultiLayerNetwork net(Layer layer) {
        return ChainNets.net(layer, DataType.FLOAT, InputType.convolutional(6, 5, 4), options -> {});
    }

    private static Layer chain(ChainMode mode, boolean unit) {
        return new ReversibleChain.Builder()
                .name("chain")
                .mode(mode)
                .subBlock(SubBlock.of("a", pruned("p", unit)))
                .subBlock(SubBlock.of("b", pruned("p", unit)))
                .schedule(CoefficientSchedule.constant(1, 0.125))
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void chainsGoBackThroughTheForwardThatRan(boolean unit) {
        INDArray checkpoint = ChainNets.gradient(net(chain(ChainMode.CHECKPOINT, unit)), DATA);
        INDArray reverse = ChainNets.gradient(net(chain(ChainMode.REVERSE, unit)), DATA); // which checks its streams
        Compare.same(checkpoint, reverse, "gradients");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpointsToo(boolean unit) {
        MultiLayerNetwork plain = net(pruned("p", unit));
        MultiLayerNetwork again =
                net(new CheckpointSequence.Builder().layers(pruned("p", unit)).build());
        Compare.same(plain.params(), again.params(), "parameters");
        Compare.same(ChainNets.gradient(plain, DATA), ChainNets.gradient(again, DATA), "gradients");
        assertEquals(plain.score(), again.score());
    }

    /** A frozen chain or checkpoint runs as in inference, in both of its forwards. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void frozenOnesToo(boolean unit) {
        INDArray plain = ChainNets.gradient(frozen(pruned("chain", unit)), DATA);
        INDArray again = ChainNets.gradient(
                frozen(new CheckpointSequence.Builder()
                        .name("chain")
                        .layers(pruned("chain", unit))
                        .build()),
                DATA);
        Compare.near(plain, again, 1e-5, "gradients");
        INDArray checkpoint = ChainNets.gradient(frozen(chain(ChainMode.CHECKPOINT, unit)), DATA);
        INDArray reverse = ChainNets.gradient(frozen(chain(ChainMode.REVERSE, unit)), DATA);
        Compare.same(checkpoint, reverse, "gradients");
    }

    private static MultiLayerNetwork frozen(Layer layer) {
        return net(new RazorSequence.Builder()
                .memory(Memory.store())
                .layers(convolution(), new FrozenLayerWithBackprop(layer))
                .build());
    }

    /** In inference nothing is pruned. */
    @Test
    void inferenceComputesWithAllOfIt() {
        MultiLayerNetwork exact = net(new RazorSequence.Builder()
                .memory(Memory.store())
                .layers(convolution(), convolution())
                .build());
        INDArray x = DATA.getFeatures();
        Compare.near(exact.output(x), net(pruned("p", false)).output(x), 1e-6, "output");
    }
}
