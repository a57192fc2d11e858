package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.inner.AxisOrder;
import org.revlayers.internal.inner.HostChoice;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** A chain whose images have their channels last inside computes what it computes in the other order, and keeps as much. */
class ChainImagesTest {

    private static final String ORDER = "revlayers.images";
    private static final InputType IMAGES = InputType.convolutional(6, 5, 4);
    private static final DataSet DATA = ChainNets.data(DataType.FLOAT, 3, 4, 6, 5);

    @AfterEach
    void forgetTheOrder() {
        System.clearProperty(ORDER);
    }

    private static Layer convolution(int out, int kernel) {
        return new ConvolutionLayer.Builder(kernel, kernel)
                .nOut(out)
                .padding(kernel / 2, kernel / 2)
                .activation(Activation.IDENTITY)
                .build();
    }

    /** Chains of both streams' mean and of x alone, one that is stored, and checkpoints that read them. */
    private static Layer rebuilt(boolean rebuilding) {
        ActivationLayer relu = new ActivationLayer(Activation.RELU);
        return new RazorSequence.Builder()
                .name("chain")
                .memory(Memory.store())
                .rebuilding(rebuilding)
                .layers(
                        chain(4).name("a").exit(relu).build(),
                        checkpoint(convolution(5, 3)),
                        chain(5).name("b").merge(StreamMerge.AVERAGE).exit(relu).build(),
                        checkpoint(convolution(4, 1)),
                        chain(4).name("c").mode(ChainMode.STORE).exit(relu).build(),
                        checkpoint(convolution(4, 1)))
                .build();
    }

    @Test
    void whatIsRebuiltHasTheSameBitsAndIsNotKept() {
        MultiLayerNetwork net = ChainNets.net(rebuilt(true), DataType.FLOAT, IMAGES, options -> {});
        MultiLayerNetwork kept = ChainNets.net(rebuilt(false), DataType.FLOAT, IMAGES, options -> {});
        Compare.same(kept.params(), net.params(), "parameters");
        Step expected = Step.of(kept);
        Step actual = Step.of(net);
        Compare.same(expected.gradient(), actual.gradient(), "gradients");
        Compare.same(expected.inputGradient(), actual.inputGradient(), "input gradient");
        assertEquals(4L * 3 * 6 * 5 * (4 + 5 + 4), expected.kept() - actual.kept(), "three inputs of checkpoints");
    }

    private static Layer checkpoint(Layer... layers) {
        return new CheckpointSequence.Builder().layers(layers).build();
    }

    private static Layer[] function(int channels) {
        return new Layer[] {
            convolution(3, 1),
            new BatchNormalization(),
            new ActivationLayer(Activation.RELU),
            convolution(3, 3),
            new BatchNormalization(),
            convolution(channels, 1)
        };
    }

    private static ReversibleChain.Builder chain(int channels) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().name("chain");
        for (int i = 0; i < 3; i++) {
            chain.subBlock(SubBlock.of("b" + i, function(channels)));
        }
        return chain.schedule(CoefficientSchedule.constant(1, 0.125));
    }

    private static ReversibleChain.Builder around(UnaryOperator<ReversibleChain.Builder> change, int channels) {
        return change.apply(chain(channels));
    }

    /** Chains of images, by what is around the streams. */
    enum Kind {
        ALONE(() -> chain(4).build()),
        STORED(() -> chain(4).mode(ChainMode.STORE).build()),
        CHECKPOINTS(() -> chain(4).mode(ChainMode.CHECKPOINT).build()),
        HALVES(() -> around(c -> c.start(StreamStart.SPLIT).merge(StreamMerge.CONCAT), 2)
                .schedule(CoefficientSchedule.constant(0, 1))
                .build()),
        STEM_AND_EXIT(() -> around(
                        c -> c.stem(convolution(5, 3))
                                .exit(new ActivationLayer(Activation.RELU))
                                .merge(StreamMerge.AVERAGE),
                        5)
                .build()),
        BEFORE_ITS_FUNCTION(() -> new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("b0", function(4)))
                .subBlock(SubBlock.of("b1", function(4)).after(new ActivationLayer(Activation.RELU)))
                .schedule(CoefficientSchedule.constant(1, 0.125))
                .build()),
        MOMENTUM(() -> chain(4).schedule(CoefficientSchedule.momentum(0.9)).build()),
        RANDOM_SIGNS(
                () -> chain(4).schedule(CoefficientSchedule.randomSigns(0.25)).build()),
        AN_EXIT_THAT_CANNOT(() -> chain(4).exit(new GlobalPoolingLayer()).build()),
        IN_A_SEQUENCE(() -> new CheckpointSequence.Builder()
                .name("chain")
                .layers(convolution(4, 1), chain(4).build(), convolution(4, 1))
                .build()),
        IN_A_ROW(() -> new RazorSequence.Builder()
                .name("chain")
                .memory(Memory.store())
                .layers(
                        checkpoint(convolution(4, 1)),
                        chain(4).name("a")
                                .exit(new ActivationLayer(Activation.RELU))
                                .build(),
                        checkpoint(convolution(5, 3), new BatchNormalization()),
                        chain(5).build())
                .build()),
        REBUILT(() -> rebuilt(true)),
        IN_A_ROW_BEHIND_ITS_STEM(() -> new RazorSequence.Builder()
                .name("chain")
                .memory(Memory.store())
                .layers(around(c -> c.stem(convolution(5, 3)), 5).build(), checkpoint(convolution(4, 1)))
                .build()),
        IN_A_ROW_THAT_CANNOT(() -> new RazorSequence.Builder()
                .name("chain")
                .memory(Memory.store())
                .layers(
                        chain(4).name("a").build(),
                        new LocalResponseNormalization(),
                        checkpoint(convolution(4, 1)),
                        new FrozenLayerWithBackprop(checkpoint(convolution(4, 3))),
                        new LocalResponseNormalization(),
                        chain(4).build())
                .build()),
        IN_A_CHAIN(() -> new ReversibleChain.Builder()
                .name("chain")
                .subBlock(SubBlock.of("outer", chain(4).build(), convolution(4, 1)))
                .schedule(CoefficientSchedule.constant(1, 0.125))
                .build()),
        ODE(() -> new ReversibleOde.Builder()
                .name("chain")
                .layers(convolution(3, 1), new ActivationLayer(Activation.TANH), convolution(4, 3))
                .steps(3)
                .timeChannel(true)
                .build());

        private final Supplier<Layer> layer;

        Kind(Supplier<Layer> layer) {
            this.layer = layer;
        }

        MultiLayerNetwork net() {
            return ChainNets.net(layer.get(), DataType.FLOAT, IMAGES, options -> {});
        }
    }

    /** What a step computes and keeps for backward. */
    private record Step(INDArray output, INDArray gradient, INDArray inputGradient, long kept) {

        static Step of(MultiLayerNetwork net) {
            INDArray output = net.output(DATA.getFeatures()).dup();
            ChainNets.gradient(net, DATA); // exact streams find their scale
            MemoryListener listener = new MemoryListener();
            var gradients = net.calculateGradients(DATA.getFeatures(), DATA.getLabels(), null, null);
            INDArray inputGradient = gradients.getSecond().dup();
            INDArray gradient = ChainNets.gradient(net, DATA);
            net.addListeners(listener);
            net.fit(DATA);
            return new Step(output, gradient, inputGradient, kept(listener.report()));
        }

        private static long kept(MemoryReport report) {
            return report.rows().stream()
                    .filter(row -> row.layer().equals("chain"))
                    .mapToLong(MemoryReport.Row::bytes)
                    .sum();
        }
    }

    private static ImageOrder order(Kind kind) {
        return ((ChainHost) kind.net().getLayer(0)).imageOrder();
    }

    @Test
    void aChainTurnsItsImagesIfAllOfItCan() {
        assumeTrue(Devices.current() == null, "a device's images stay as they are");
        assertEquals(ImageOrder.LAST_INSIDE, order(Kind.ALONE));
        assertEquals(ImageOrder.LAST_INSIDE, order(Kind.STEM_AND_EXIT));
        assertEquals(ImageOrder.AS_GIVEN, order(Kind.AN_EXIT_THAT_CANNOT), "each of its parts does");
        System.setProperty(ORDER, "nchw");
        assertEquals(ImageOrder.AS_GIVEN, order(Kind.ALONE));
    }

    private static InnerNetwork inside(RazorSequence sequence) {
        Layer layer = ChainNets.net(sequence, DataType.FLOAT, IMAGES, options -> {})
                .getLayer(0)
                .conf()
                .getLayer();
        return (InnerNetwork)
                ((RazorSequence) layer).outermost(null, InnerLayers.Setting.outline(DataType.FLOAT, HostChoice.OWN));
    }

    private static Layer named(String name, Layer... layers) {
        return new CheckpointSequence.Builder().name(name).layers(layers).build();
    }

    private static List<String> turns(InnerNetwork network) {
        return network.layers().stream()
                .map(layer -> layer instanceof AxisOrder
                        ? layer.toString()
                        : layer.getClass().getSimpleName())
                .toList();
    }

    /** The first reads what the network keeps, and turns a copy of its own. */
    @Test
    void containersInARowTurnTheirImagesOnce() {
        assumeTrue(Devices.current() == null, "a device's images stay as they are");
        RazorSequence row = (RazorSequence) Kind.IN_A_ROW.layer.get();
        assertEquals(
                List.of("Recomputed", "channels last", "ChainInner", "Recomputed", "ChainInner", "channels first"),
                turns(inside(row)));
        assertEquals(
                ImageOrder.LAST,
                ((ChainInner) inside(row).layers().get(2)).run().imageOrder());
        assertEquals(
                List.of("ChainInner", "channels last", "Recomputed", "channels first"),
                turns(inside((RazorSequence) Kind.IN_A_ROW_BEHIND_ITS_STEM.layer.get())),
                "computed again from the network's input");
        InnerNetwork cannot = inside((RazorSequence) Kind.IN_A_ROW_THAT_CANNOT.layer.get());
        assertEquals(
                List.of(
                        "channels last",
                        "ChainInner",
                        "channels first",
                        "StockInner",
                        "channels last",
                        "Recomputed",
                        "FrozenInner",
                        "channels first",
                        "StockInner",
                        "channels last",
                        "ChainInner",
                        "channels first"),
                turns(cannot));
        System.setProperty(ORDER, "nchw");
        assertEquals(List.of("Recomputed", "ChainInner", "Recomputed", "ChainInner"), turns(inside(row)));
    }

    /** In a row of which some wait on a disk each turns its own. */
    @Test
    void whatWaitsOnADiskStillDoes() {
        RazorSequence row = new RazorSequence.Builder()
                .name("chain")
                .memory(Memory.store())
                .layers(named("a", convolution(4, 1)), named("b", convolution(4, 3)), named("c", convolution(4, 1)))
                .onDisk("b")
                .build();
        MultiLayerNetwork net = ChainNets.net(row, DataType.FLOAT, InputType.convolutional(32, 32, 4), options -> {});
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        net.fit(ChainNets.data(DataType.FLOAT, 2, 4, 32, 32));
        assertEquals(2L * 4 * 32 * 32 * 4, listener.report().writtenBytes(), "the second one's input");
        assertEquals(List.of("Recomputed", "Recomputed", "Recomputed"), turns(inside(row)));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theNumbersAreThoseOfTheOtherOrder(Kind kind) {
        MultiLayerNetwork turned = kind.net();
        System.setProperty(ORDER, "nchw");
        MultiLayerNetwork plain = kind.net();
        plain.setParams(turned.params().dup());
        Step expected = Step.of(plain);
        System.clearProperty(ORDER);
        Step actual = Step.of(turned);
        Compare.near(expected.output(), actual.output(), Tolerances.FLOAT_ORDER, "inference");
        near(expected.gradient(), actual.gradient(), "gradients");
        near(expected.inputGradient(), actual.inputGradient(), "input gradient");
        assertEquals(expected.kept(), actual.kept(), "bytes kept for backward");
    }

    private static void near(INDArray expected, INDArray actual, String what) {
        double largest = expected.amaxNumber().doubleValue();
        assertTrue(largest > 0, what + " are zero");
        Compare.near(expected, actual, Tolerances.FLOAT_ORDER * Math.max(1, largest), what);
    }
}
