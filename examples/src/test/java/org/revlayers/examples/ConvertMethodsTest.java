package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.MemoryPlan;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.examples.shared.GammaChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** {@code convert} with each of its methods on a file of each kind of network, and back. */
class ConvertMethodsTest {

    private static final double ROUNDING = 1e-5; // kernels of ours beside DL4J's
    private static final int STEPS = 50;

    @TempDir
    private Path folder;

    static Stream<Arguments> cases() {
        return Stream.of(TrainingMethod.values())
                .filter(m -> m.converts() && m != TrainingMethod.RAZOR_APPROX && !m.reprograms())
                .flatMap(m -> Stream.of("vit", "graph").map(kind -> Arguments.of(m, kind)))
                .filter(a -> a.get()[0] != TrainingMethod.REVERSIBLE_APPROX || a.get()[1].equals("vit"))
                .filter(a -> a.get()[0] != TrainingMethod.IN_PLACE || a.get()[1].equals("graph"));
    }

    private static Model network(String kind) {
        return kind.equals("vit") ? SmallModels.vit() : SmallModels.residual(8, 4, 3, new Adam(1e-3));
    }

    private static INDArray images(String kind) {
        long[] shape = kind.equals("vit") ? new long[] {4, 3, 32, 32} : new long[] {4, 2, 8, 8};
        return Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(5), shape);
    }

    private static INDArray output(Model model, INDArray x) {
        return model instanceof MultiLayerNetwork net
                ? net.output(x).dup()
                : ((ComputationGraph) model).outputSingle(x);
    }

    private static List<Layer> layers(Model model) {
        return List.of(
                model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers());
    }

    private CommandRun convert(Path in, Path out, TrainingMethod method, String... more) {
        return CommandRun.of(Stream.concat(
                        Stream.of(
                                "convert", "--in", in.toString(), "--out", out.toString(), "--method", method.label()),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theFileLoadsComputesAsDocumentedAndGoesBack(TrainingMethod method, String kind) throws IOException {
        Model plain = network(kind);
        Path in = folder.resolve("plain.zip");
        Path out = folder.resolve("converted.zip");
        Path back = folder.resolve("back.zip");
        ModelSerializer.writeModel(plain, in.toFile(), true);
        CommandRun run = convert(in, out, method, "--steps", Integer.toString(STEPS));
        assertEquals(0, run.code(), run::err);
        assertReport(method, run);

        Model converted = new ModelFile(out).load();
        assertContainers(method, kind, converted);
        INDArray x = images(kind);
        INDArray expected = output(plain, x);
        double difference = output(converted, x).sub(expected).amaxNumber().doubleValue();
        if (method.hasSchedule()) {
            assertTrue(difference > 10 * ROUNDING, "β is not 0: " + difference);
        } else {
            assertEquals(0, difference, ROUNDING);
        }
        learns(converted, x);

        CommandRun restored = convert(out, back, TrainingMethod.PLAIN);
        assertEquals(0, restored.code(), restored::err);
        assertTrue(restored.out().contains("restored to the layers that the containers were made from"));
        assertSameNetwork(plain, new ModelFile(back).load());
        assertEquals(expected, output(new ModelFile(back).load(), x));
    }

    /** Planned on this machine; the file has the plan and goes back like any other. */
    @ParameterizedTest
    @ValueSource(strings = {"vit", "graph"})
    void aPlanIsForABatchAndInTheFile(String kind) throws IOException {
        Model plain = network(kind);
        Path in = folder.resolve("plain.zip");
        Path out = folder.resolve("planned.zip");
        Path back = folder.resolve("back.zip");
        ModelSerializer.writeModel(plain, in.toFile(), true);
        CommandRun run = convert(in, out, TrainingMethod.PLAN, "--budget", "90%", "--batch", "4");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.line("predicted for batch 4").contains("the same function and gradients"), run::out);
        MemoryPlan plan = MemoryPlan.from(out);
        assertTrue(plan.peakBytes() <= plan.budgetBytes() && plan.budgetBytes() < plan.plainPeakBytes());
        INDArray x = images(kind);
        INDArray expected = output(plain, x);
        Model planned = new ModelFile(out).load();
        assertEquals(0, output(planned, x).sub(expected).amaxNumber().doubleValue(), ROUNDING);
        learns(planned, x);
        assertEquals(0, convert(out, back, TrainingMethod.PLAIN).code());
        assertEquals(expected, output(new ModelFile(back).load(), x));
    }

    /** Without chains it takes 404 KiB, and no more than 348 KiB with them. */
    @Test
    void chainsOfAPlanHaveTheScheduleOfTheTraining() throws IOException {
        Path in = folder.resolve("plain.zip");
        Path out = folder.resolve("planned.zip");
        ModelSerializer.writeModel(SmallModels.vit(64, 16), in.toFile(), true);
        String[] options = {"--budget", "380KiB", "--batch", "8", "--allow", "new-function", "--steps", "" + STEPS};
        CommandRun run = convert(in, out, TrainingMethod.PLAN, options);
        assertEquals(0, run.code(), run::err);
        List<ReversibleChain> chains = some(new ModelFile(out).load(), RazorSequence.class).stream()
                .flatMap(sequence -> sequence.innerLayers().values().stream())
                .filter(ReversibleChain.class::isInstance)
                .map(ReversibleChain.class::cast)
                .toList();
        assertFalse(chains.isEmpty(), run::out);
        chains.forEach(chain -> assertEquals(new ScheduleChoice().of(STEPS), chain.getSchedule(), run::out));
    }

    @Test
    void wordsDoAsAMethodToo() throws IOException {
        Path in = folder.resolve("plain.zip");
        Path out = folder.resolve("converted.zip");
        ModelSerializer.writeModel(network("vit"), in.toFile(), true);
        CommandRun none = convert(in, out, TrainingMethod.MEMORY);
        assertEquals(2, none.code(), none::out);
        assertTrue(none.err().contains("--memory WORDS"), none::err);
        CommandRun run = convert(in, out, TrainingMethod.MEMORY, "--memory", "half");
        assertEquals(0, run.code(), run::err);
        assertEquals("", run.err());
        assertContainers(TrainingMethod.HALF, "vit", new ModelFile(out).load());
        CommandRun unused = convert(in, out, TrainingMethod.HALF, "--budget", "40%");
        assertTrue(unused.err().contains("--method half does not use --budget"), unused::err);
        assertEquals(
                2, convert(in, out, TrainingMethod.PLAN, "--budget", "much").code());
    }

    private static void assertReport(TrainingMethod method, CommandRun run) {
        assertTrue(run.line("sample: ").contains("random values of shape [2, "), run::out);
        assertTrue(run.line("output difference on the sample").contains(", of outputs up to "), run::out);
        assertTrue(
                run.line("predicted for backward: ").matches(".* \\d+\\.\\d\\d MiB before, \\d+\\.\\d\\d MiB after"));
        assertTrue(
                run.line(method.chains() ? "chain chain1: " : method.label() + " sequence " + method.label() + "1: ")
                                .length()
                        > 20,
                run::out);
        assertTrue(
                run.line("updater: ").length() > 10 && run.line("written to ").endsWith("converted.zip"), run::out);
    }

    private static void assertContainers(TrainingMethod method, String kind, Model converted) {
        List<ReversibleChain> chains = some(converted, ReversibleChain.class);
        assertEquals(method.chains() ? 1 : 0, chains.size());
        assertEquals(!method.chains(), !some(converted, RazorSequence.class).isEmpty());
        for (ReversibleChain chain : chains) {
            assertEquals(method.reverses() ? ChainMode.REVERSE : ChainMode.CHECKPOINT, chain.getMode());
            assertEquals(kind.equals("vit") ? 6 : 3, chain.getSubBlocks().size());
            assertEquals(
                    method.reverses()
                            ? method.schedule(new ScheduleChoice().of(STEPS), new GammaChoice().schedule())
                                    .at(STEPS)
                            : CoefficientSchedule.constant(1, 0).at(0),
                    chain.getSchedule().at(STEPS));
            List<ActivationMemory> mlps = chain.innerLayers().values().stream()
                    .filter(TransformerMlp.class::isInstance)
                    .map(l -> ((TransformerMlp) l).getActivationMemory())
                    .toList();
            assertEquals(kind.equals("vit") ? 3 : 0, mlps.size());
            assertTrue(
                    mlps.stream()
                            .allMatch(m ->
                                    (m == ActivationMemory.TWO_BIT) == (method == TrainingMethod.REVERSIBLE_APPROX)),
                    mlps::toString);
        }
        // what is in no chain: of a graph it is computed again, and of all networks where all is
        boolean rest = !some(converted, CheckpointSequence.class).isEmpty();
        assertEquals(
                method == TrainingMethod.CHECKPOINT || method.chains() && kind.equals("graph"),
                rest,
                "checkpoint sequences");
    }

    private static <T> List<T> some(Model model, Class<T> kind) {
        return layers(model).stream()
                .map(l -> l.conf().getLayer())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    /** A training step of what was loaded. */
    private static void learns(Model converted, INDArray x) {
        DataSet batch = new DataSet(x, Nd4j.eye(4).castTo(DataType.FLOAT));
        double before;
        double after;
        if (converted instanceof MultiLayerNetwork net) {
            before = net.score(batch);
            net.fit(batch);
            after = net.score(batch);
        } else {
            ComputationGraph graph = (ComputationGraph) converted;
            before = graph.score(batch);
            graph.fit(batch);
            after = graph.score(batch);
        }
        assertTrue(after < before, () -> "loss " + before + " before and " + after + " after a step");
    }

    private static void assertSameNetwork(Model expected, Model actual) {
        Map<String, INDArray> parameters = actual.paramTable();
        assertEquals(expected.paramTable().keySet(), parameters.keySet());
        expected.paramTable().forEach((name, value) -> assertEquals(value, parameters.get(name), name));
        if (expected instanceof MultiLayerNetwork net) {
            assertEquals(
                    net.getLayerWiseConfigurations().toJson(),
                    ((MultiLayerNetwork) actual).getLayerWiseConfigurations().toJson());
        } else {
            assertEquals(
                    ((ComputationGraph) expected).getConfiguration().getVertices(),
                    ((ComputationGraph) actual).getConfiguration().getVertices());
        }
    }

    /** Nothing of a network without transformer blocks is approximate: the method would be another name for reversible. */
    @Test
    void approxNeedsTransformerBlocks() throws IOException {
        Path in = folder.resolve("plain.zip");
        ModelSerializer.writeModel(network("graph"), in.toFile(), true);
        CommandRun run = convert(in, folder.resolve("out.zip"), TrainingMethod.REVERSIBLE_APPROX);
        assertEquals(1, run.code());
        assertTrue(run.err().contains("has none: use --method reversible"), run::err);
    }

    /** The razor's own options reach the file. */
    @Test
    void theRazorIsAsTheCommandLineSays() throws IOException {
        Path in = folder.resolve("plain.zip");
        Path out = folder.resolve("out.zip");
        ModelSerializer.writeModel(network("graph"), in.toFile(), true);
        assertEquals(
                0,
                convert(in, out, TrainingMethod.RAZOR, "--prune", "0.75", "--values", "fp32")
                        .code());
        assertEquals(
                List.of(new Thinning(0.75, RazorValues.FULL, RazorFill.MEAN, false)),
                some(new ModelFile(out).load(), RazorSequence.class).stream()
                        .map(RazorSequence::getThinning)
                        .distinct()
                        .toList());
    }

    @Test
    void bsrSaysWhatIsTrainedAndWritesIt() throws IOException {
        Path in = folder.resolve("in.zip");
        Path out = folder.resolve("bsr.zip");
        ModelSerializer.writeModel(SmallModels.vit(), in.toFile(), true);
        CommandRun run =
                convert(in, out, TrainingMethod.BSR_RAZOR, "--train-blocks", "1", "--drop-at", "1", "--prune", "0.8");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().contains("block1: trained, keeps 0.5 of its tokens and one of the others"), run::out);
        assertTrue(run.out().contains("razor sequence"), run::out);
        MultiLayerNetwork made = ModelSerializer.restoreMultiLayerNetwork(out.toFile());
        assertTrue(hasFrozen(made), made::summary);
    }

    @ParameterizedTest
    @EnumSource(names = {"BSR", "BSR_RAZOR", "BSR_REVERSIBLE"})
    void plainGoesBackFromBsr(TrainingMethod method) throws IOException {
        Path in = folder.resolve("in.zip");
        Path made = folder.resolve("bsr.zip");
        Path back = folder.resolve("back.zip");
        MultiLayerNetwork given = SmallModels.vit();
        ModelSerializer.writeModel(given, in.toFile(), true);
        assertEquals(
                0,
                convert(in, made, method, "--train-blocks", "1", "--drop-at", "1")
                        .code());
        CommandRun run = convert(made, back, TrainingMethod.PLAIN);
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().contains("all blocks are trained again, and leave no tokens out"), run::out);
        MultiLayerNetwork whole = ModelSerializer.restoreMultiLayerNetwork(back.toFile());
        assertFalse(hasFrozen(whole), whole::summary);
        assertEquals(given.params(), whole.params());
        assertEquals(
                given.getLayerWiseConfigurations().getConf(1).getLayer(),
                whole.getLayerWiseConfigurations().getConf(1).getLayer());
    }

    private static boolean hasFrozen(MultiLayerNetwork net) {
        return Stream.of(net.getLayers())
                .map(layer -> layer.conf().getLayer())
                .anyMatch(layer -> Wrappers.isFrozen(layer)
                        || layer instanceof ContainerLayer container
                                && container.innerLayers().values().stream().anyMatch(Wrappers::isFrozen));
    }
}
