package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;

/** α and β follow the step count alone: from start to end, then constant; the same in forward, backward, inference and after a restart. */
class ChainScheduleTest {

    @TempDir
    private Path folder;

    private static CoefficientSchedule schedule(int total) {
        return CoefficientSchedule.builder().totalIterations(total).build();
    }

    /** With coefficients that change in most steps. */
    private static CoefficientSchedule wide(int total) {
        return CoefficientSchedule.builder()
                .alphaEnd(0.25)
                .betaEnd(0.75)
                .totalIterations(total)
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0.125",
        "1, 1, 0.125",
        "200, 0.875, 0.25",
        "399, 0.75, 0.25",
        "400, 0.75, 0.25",
        "401, 0.75, 0.25",
        "1000000, 0.75, 0.25"
    })
    void defaultsAtStartEndAndAfter(int iteration, double alpha, double beta) {
        Coefficients c = schedule(1000).at(iteration);
        assertEquals(alpha, c.alpha());
        assertEquals(beta, c.beta());
    }

    @ParameterizedTest
    @EnumSource(CoefficientSchedule.Shape.class)
    void movesOneWayInSmallSteps(CoefficientSchedule.Shape shape) {
        CoefficientSchedule schedule = CoefficientSchedule.builder()
                .alphaStart(2)
                .alphaEnd(0)
                .betaStart(0.0625)
                .betaEnd(1)
                .steps(16)
                .endFraction(1)
                .totalIterations(500)
                .shape(shape)
                .build();
        schedule.validate();
        Coefficients last = schedule.at(0);
        assertEquals(new Coefficients(32, 1, 16), last);
        for (int i = 1; i <= 500; i++) {
            Coefficients c = schedule.at(i);
            assertTrue(c.a() <= last.a() && c.a() >= last.a() - 1, "α in step " + i);
            assertTrue(c.b() >= last.b() && c.b() <= last.b() + 1, "β in step " + i);
            last = c;
        }
        assertEquals(new Coefficients(0, 16, 16), last);
        double middle = schedule.at(125).alpha();
        assertEquals(shape == CoefficientSchedule.Shape.LINEAR ? 1.5 : 1.6875, middle, "a quarter of the way");
    }

    private static CoefficientSchedule read(String json) {
        return MultiLayerConfiguration.fromJson(json).getConfs().stream()
                .filter(conf -> conf.getLayer() instanceof ReversibleChain)
                .map(conf -> ((ReversibleChain) conf.getLayer()).getSchedule())
                .findFirst()
                .orElseThrow();
    }

    /** A course that is no formula is in the configuration as a table; one that is has no such property. */
    @Test
    void anyCourseIsSavedWithTheConfiguration() {
        for (CoefficientSchedule course : List.of(schedule(20), CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 20))) {
            ReversibleChain chain = ChainNets.transformer(2).schedule(course).build();
            String json = ChainNets.net(chain, DataType.FLOAT)
                    .getLayerWiseConfigurations()
                    .toJson();
            assertEquals(course, read(json));
            assertEquals(!course.equals(schedule(20)), json.contains("\"table\""));
        }
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                Arguments.of(CoefficientSchedule.builder().build(), "totalIterations(epochs · batches)"),
                Arguments.of(schedule(-1), "totalIterations"),
                Arguments.of(
                        CoefficientSchedule.builder()
                                .endFraction(0)
                                .totalIterations(9)
                                .build(),
                        "0 < endFraction <= 1 must hold, not 0.0"),
                Arguments.of(CoefficientSchedule.constant(Double.NaN, 1), "must be finite, not NaN"),
                Arguments.of(CoefficientSchedule.constant(0, 1.5), "-1 < β <= 1 must hold; got α = 0/8, β = 12/8"),
                Arguments.of(CoefficientSchedule.constant(-1, 1), "0 <= α <= 4"),
                Arguments.of(
                        CoefficientSchedule.builder()
                                .steps(5)
                                .totalIterations(9)
                                .build(),
                        "one of 1, 2, 4, 8, 16, not 5: use 8"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void whatCannotWorkIsRefused(CoefficientSchedule schedule, String words) {
        String message =
                assertThrows(IllegalArgumentException.class, schedule::validate).getMessage();
        assertTrue(message.contains(words), message);
    }

    private static final InputType INPUT = InputType.feedForward(ChainNets.FEATURES);

    private static ReversibleChain chain(CoefficientSchedule schedule) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().name("chain").schedule(schedule);
        for (int i = 0; i < 4; i++) {
            chain.subBlock(SubBlock.of(
                    "f" + i, new LayerNormalization.Builder().build(), new TransformerMlp.Builder(5).build()));
        }
        return chain.build();
    }

    private static MultiLayerNetwork net(CoefficientSchedule schedule) {
        return ChainNets.net(chain(schedule), DataType.FLOAT, INPUT, o -> o.updater(new Adam(0.01)));
    }

    private static DataSet data(int step) {
        DataSet data = ChainNets.flatData(DataType.FLOAT, 4 + step % 2);
        data.getFeatures().addi(0.1 * step);
        return data;
    }

    @Test
    void forwardBackwardAndInferenceUseTheStepsCoefficients() {
        MultiLayerNetwork moving = net(wide(10));
        for (int i = 0; i < 6; i++) {
            Coefficients now = wide(10).at(i);
            assertEquals(now, ((ChainHost) moving.getLayer(0)).coefficients(), "of step " + i);
            MultiLayerNetwork fixed =
                    ChainNets.net(moving, c -> c.setSchedule(CoefficientSchedule.constant(now.alpha(), now.beta())));
            INDArray x = data(9).getFeatures();
            Compare.same(fixed.output(x), moving.output(x), "inference before step " + i);
            Compare.same(
                    ChainNets.gradient(fixed, data(i)), ChainNets.gradient(moving, data(i)), "gradient of step " + i);
            moving.fit(data(i));
        }
    }

    private static void fit(Model model, DataSet data) {
        if (model instanceof MultiLayerNetwork net) {
            net.fit(data);
        } else {
            ((ComputationGraph) model).fit(data);
        }
    }

    private static INDArray output(Model model) {
        INDArray x = data(9).getFeatures();
        return model instanceof MultiLayerNetwork net ? net.output(x) : ((ComputationGraph) model).outputSingle(x);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aRunThatWasKilledEndsWithTheSameBits(boolean isGraph) throws IOException {
        Model uninterrupted = isGraph ? ChainNets.graph(net(wide(10)), INPUT) : net(wide(10));
        Model killed =
                isGraph ? ((ComputationGraph) uninterrupted).clone() : ((MultiLayerNetwork) uninterrupted).clone();
        for (int i = 0; i < 10; i++) {
            fit(uninterrupted, data(i));
            if (i % 2 == 1) { // in the middle of the schedule, which ends in step 4, and behind
                File file = folder.resolve("model" + i + ".zip").toFile();
                ModelSerializer.writeModel(killed, file, true);
                INDArray before = output(killed);
                killed = isGraph
                        ? ModelSerializer.restoreComputationGraph(file, true)
                        : ModelSerializer.restoreMultiLayerNetwork(file, true);
                Compare.same(before, output(killed), "inference after reload in step " + i);
            }
            fit(killed, data(i));
        }
        Compare.same(uninterrupted.params(), killed.params(), "parameters");
        Compare.same(output(uninterrupted), output(killed), "output");
        ChainHost host = (ChainHost)
                (isGraph ? ((ComputationGraph) killed).getLayer("chain") : ((MultiLayerNetwork) killed).getLayer(0));
        assertEquals(new Coefficients(2, 6, 8), host.coefficients());
    }
}
