package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** What a chain keeps does not grow with its depth, is what was predicted, is less than plain, and can be seen. */
class ChainMemoryTest {

    private static final int BATCH = 16;
    private static final long ELEMENTS = (long) BATCH * ChainNets.TOKENS * ChainNets.FEATURES;

    /** The reports of some steps, and the most that the arena held in the last of them. */
    private record Measured(List<MemoryReport> reports, long arenaPeak, MultiLayerNetwork net) {

        static Measured of(ReversibleChain chain, DataType type, int steps) {
            MultiLayerNetwork net = ChainNets.net(chain, type);
            net.fit(ChainNets.data(type, BATCH)); // the first forward finds out the range
            MemoryListener listener = new MemoryListener();
            net.addListeners(listener);
            List<MemoryReport> reports = new ArrayList<>();
            for (int i = 0; i < steps; i++) {
                net.fit(ChainNets.data(type, BATCH));
                reports.add(listener.report());
            }
            net.setListeners();
            Arena.current().resetPeak();
            long before = Arena.current().liveBytes();
            net.fit(ChainNets.data(type, BATCH));
            return new Measured(reports, Arena.current().peakLiveBytes() - before, net);
        }

        /** Rows of the chain, without the outputs that the network keeps. */
        Stream<MemoryReport.Row> chain(int step) {
            return reports.get(step).rows().stream()
                    .filter(r -> r.layer().equals("chain") && !r.category().equals("output"));
        }

        long kept(int step) {
            return chain(step).mapToLong(MemoryReport.Row::bytes).sum();
        }
    }

    private static Measured reverse(int n, double alpha, double beta) {
        return Measured.of(
                ChainNets.transformer(n)
                        .schedule(CoefficientSchedule.constant(alpha, beta))
                        .build(),
                DataType.FLOAT,
                1);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "0.25, 0.75, 1", "0.5, 0.5, 1", "0.75, 0.25, 2", "0.875, 0.125, 3"})
    void depthCostsSideBitsAndNothingElse(double alpha, double beta, int bits) {
        Measured few = reverse(4, alpha, beta);
        Measured many = reverse(48, alpha, beta);
        assertEquals(ELEMENTS * Float.BYTES + 4 * bits * ELEMENTS / 8, few.kept(0), "y and side bits");
        assertEquals(44 * bits * ELEMENTS / 8, many.kept(0) - few.kept(0), "kept, 44 sub-blocks more");
        assertEquals(44 * bits * ELEMENTS / 8, many.arenaPeak - few.arenaPeak, "peak, 44 sub-blocks more");
    }

    @ParameterizedTest
    @CsvSource({"STORE", "CHECKPOINT", "REVERSE"})
    void predictionIsWhatIsKeptAtEveryPointOfTheSchedule(ChainMode mode) {
        for (StreamType streams : StreamType.values()) {
            int steps = 9;
            ReversibleChain chain = ChainNets.transformer(8)
                    .mode(mode)
                    .streams(streams)
                    .schedule(CoefficientSchedule.builder()
                            .alphaEnd(0.25)
                            .betaEnd(0.75)
                            .endFraction(0.8)
                            .totalIterations(steps)
                            .build())
                    .build();
            Measured measured = Measured.of(chain, DataType.FLOAT, steps);
            for (int i = 0; i < steps; i++) {
                long predicted = measured.chain(i)
                        .peek(r -> assertTrue(r.predicted() >= 0, () -> r + " was not predicted"))
                        .mapToLong(MemoryReport.Row::predicted)
                        .sum();
                assertEquals(measured.kept(i), predicted, mode + ", " + streams + ", step " + (i + 1));
            }
            if (mode == ChainMode.REVERSE) {
                long more = measured.kept(0) - measured.kept(steps - 1);
                assertTrue(streams == StreamType.DOUBLE ? more == 0 : more > 0, streams + ", less at the end: " + more);
            }
        }
    }

    static Stream<Arguments> stored() {
        Layer norm = new LayerNormalization.Builder().build();
        Layer mlp = new TransformerMlp.Builder(12).build();
        Layer dropping = new TransformerMlp.Builder(12).dropOut(0.5).build();
        Layer relu = new ActivationLayer(Activation.RELU);
        Layer tanh = new ActivationLayer(Activation.TANH);
        Layer identity = new ActivationLayer(Activation.IDENTITY);
        Layer dropout = new DropoutLayer(0.5);
        return Stream.<Layer[]>of(
                        new Layer[] {norm, mlp, relu},
                        new Layer[] {relu, relu, mlp},
                        new Layer[] {identity, dropping, tanh, dropout},
                        new Layer[] {norm, dropout, relu, dropout, mlp},
                        new Layer[] {identity},
                        new Layer[] {dropout, dropout})
                .map(layers -> Arguments.of((Object) layers));
    }

    @ParameterizedTest
    @MethodSource("stored")
    void predictionKnowsWhatLayersReadInBackward(Layer[] layers) {
        ReversibleChain chain = new ReversibleChain.Builder()
                .name("chain")
                .mode(ChainMode.STORE)
                .subBlock(SubBlock.of("a", layers.clone()))
                .subBlock(SubBlock.of("b", Stream.of(layers).map(Layer::clone).toArray(Layer[]::new))
                        .after(new ActivationLayer(Activation.RELU)))
                .exit(new LayerNormalization.Builder().build())
                .build();
        Measured measured = Measured.of(chain, DataType.FLOAT, 1);
        measured.chain(0).forEach(r -> assertEquals(r.bytes(), r.predicted(), r::toString));
        long rows = measured.chain(0).filter(r -> r.bytes() > 0).count();
        ReversibleChain conf = (ReversibleChain) measured.net.getLayer(0).conf().getLayer();
        long predicted = conf.predictKept(conf.typeOf(BATCH, ChainNets.TOKENS, ChainNets.FEATURES)).stream()
                .filter(t -> t.bytes(BATCH, 4) > 0)
                .count();
        assertEquals(predicted, rows, "tensors");
    }

    @ParameterizedTest
    @CsvSource({"STORE, false", "STORE, true", "CHECKPOINT, false", "REVERSE, true"})
    void predictionOfImagesIsExact(ChainMode mode, boolean stockHosts) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().name("chain").mode(mode).stockHosts(stockHosts);
        for (int i = 0; i < 3; i++) {
            chain.subBlock(SubBlock.of(
                    "f" + i,
                    new BatchNormalization(),
                    new ActivationLayer(Activation.RELU),
                    convolution(5, Activation.TANH),
                    convolution(4, i == 1 ? Activation.RELU : Activation.IDENTITY)));
        }
        MultiLayerNetwork net = ChainNets.net(chain.build(), DataType.FLOAT, InputType.convolutional(8, 8, 4), o -> {});
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        net.fit(ChainNets.data(DataType.FLOAT, BATCH, 4, 8, 8));
        net.fit(ChainNets.data(DataType.FLOAT, BATCH, 4, 8, 8));
        long kept = 0;
        long predicted = 0;
        for (MemoryReport.Row row : listener.report().rows()) {
            if (row.layer().equals("chain")) {
                kept += row.bytes();
                predicted += row.predicted();
            }
        }
        assertEquals(kept, predicted, listener.report().toString());
        ReversibleChain conf = (ReversibleChain) net.getLayer(0).conf().getLayer();
        long without = conf.predictKept(conf.typeOf(BATCH, 4, 8, 8)).stream()
                .mapToLong(t -> t.bytes(BATCH, Float.BYTES))
                .sum();
        assertEquals(predicted, without + (long) BATCH * 4 * 8 * 8 * Float.BYTES, "and nothing that is not kept");
    }

    private static Layer convolution(int channels, Activation activation) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(channels)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .build();
    }

    /** Complaint: reversible used more (reformer #142). Kept is less from one sub-block on, the peak from two: one is all there is to rebuild. */
    @ParameterizedTest
    @CsvSource({"1, 0, 1", "2, 0, 1", "4, 0, 1", "12, 0, 1", "1, 1, 0.125", "2, 1, 0.125", "4, 1, 0.125", "12, 1, 0.125"
    })
    void reversibleUsesLessMemoryThanPlain(int n, double alpha, double beta) {
        Measured[] of = new Measured[ChainMode.values().length];
        for (ChainMode mode : ChainMode.values()) {
            of[mode.ordinal()] = Measured.of(
                    ChainNets.transformer(n)
                            .mode(mode)
                            .schedule(CoefficientSchedule.constant(alpha, beta))
                            .build(),
                    DataType.FLOAT,
                    1);
        }
        Measured reverse = of[ChainMode.REVERSE.ordinal()];
        Measured store = of[ChainMode.STORE.ordinal()];
        Measured checkpoint = of[ChainMode.CHECKPOINT.ordinal()];
        assertTrue(reverse.kept(0) < store.kept(0), reverse.kept(0) + " and " + store.kept(0) + " kept");
        assertTrue(checkpoint.kept(0) < store.kept(0));
        assertTrue(
                n == 1 || reverse.kept(0) < checkpoint.kept(0), "of one sub-block a checkpoint is the chain's input");
        assertTrue(
                n == 1 || reverse.arenaPeak < store.arenaPeak,
                reverse.arenaPeak + " and " + store.arenaPeak + " at the peak");
        assertTrue(n < 12 || reverse.arenaPeak < checkpoint.arenaPeak, () -> "checkpoint " + checkpoint.arenaPeak);
    }

    /** Complaint: nobody can see the saving in a tool (memcnn #37). */
    @Test
    void theSavingIsVisibleInTheMeter() {
        Measured reverse = reverse(12, 0, 1);
        Measured store =
                Measured.of(ChainNets.transformer(12).mode(ChainMode.STORE).build(), DataType.FLOAT, 1);
        long saved = store.reports.get(0).byLayer().get("chain")
                - reverse.reports.get(0).byLayer().get("chain");
        assertEquals(store.kept(0) - reverse.kept(0), saved);
        String text = reverse.reports.get(0).toString();
        assertTrue(text.contains("chain") && text.contains("dense"), text);
    }

    @Test
    void memoryDoesNotGrowInThreeHundredSteps() {
        MultiLayerNetwork net = ChainNets.net(
                ChainNets.transformer(4)
                        .schedule(CoefficientSchedule.builder()
                                .totalIterations(200)
                                .build())
                        .build(),
                DataType.FLOAT);
        List<DataSet> batches = List.of(
                ChainNets.data(DataType.FLOAT, 4),
                ChainNets.data(DataType.FLOAT, 1),
                ChainNets.data(DataType.FLOAT, 3));
        Arena arena = Arena.current();
        arena.resetPeak();
        long live = arena.liveBytes();
        long peak = 0;
        for (int i = 0; i < 300; i++) {
            net.fit(batches.get(i % batches.size()));
            assertEquals(live, arena.liveBytes(), "live bytes in step " + i);
            if (i % 5 == 0) {
                net.output(batches.get(i % batches.size()).getFeatures());
            }
            if (i == 5) {
                peak = arena.peakLiveBytes();
            }
        }
        assertEquals(peak, arena.peakLiveBytes(), "peak: the schedule only needs less");
        assertEquals(300, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
    }

    /** With a ReLU in front of each F, and one behind the chain, as a ResNet's blocks have them. */
    @ParameterizedTest
    @CsvSource({"REVERSE, 8.2", "CHECKPOINT, 10"})
    void aStepHoldsNoArrayThatNobodyReads(ChainMode mode, double most) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder()
                .name("chain")
                .mode(mode)
                .exit(new ActivationLayer(Activation.RELU))
                .schedule(CoefficientSchedule.constant(1, 0.125));
        for (int i = 0; i < 3; i++) {
            SubBlock block = SubBlock.of("b" + i, convolution());
            chain.subBlock(i == 0 ? block : block.after(new ActivationLayer(Activation.RELU)));
        }
        MultiLayerNetwork net =
                ChainNets.net(chain.build(), DataType.FLOAT, InputType.convolutional(32, 32, 4), options -> {});
        DataSet data = ChainNets.data(DataType.FLOAT, 8, 4, 32, 32);
        net.fit(data);
        net.fit(data);
        long array = 8L * 4 * 32 * 32 * Float.BYTES;
        Arena.current().resetPeak();
        long before = Arena.current().liveBytes();
        net.fit(data);
        double arrays = (double) (Arena.current().peakLiveBytes() - before) / array;
        assertTrue(arrays <= most, arrays + " arrays of a stream's size at a time, not " + most);
    }

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(1, 1)
                .nOut(4)
                .activation(Activation.IDENTITY)
                .build();
    }
}
