package org.revlayers.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.matrix.ConversionWay.copy;
import static org.revlayers.matrix.ConversionWay.fit;
import static org.revlayers.matrix.ConversionWay.listen;
import static org.revlayers.matrix.ConversionWay.output;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.Lean;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.Solution;
import org.revlayers.internal.planner.Batch;
import org.revlayers.internal.planner.NetworkFigures;
import org.revlayers.internal.planner.Problems;
import org.revlayers.keep.Memory;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.matrix.NamedNetwork.Trait;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/**
 * Every network of the catalogue by plans drawn at random, whatever a solver would choose: the peak of a step is what was predicted, exact answers train to
 * the same parameters, and the way back gives the network that was.
 */
class PlannedNetworksTest {

    /** DL4J's workspaces have their sizes after so many steps. */
    private static final int LEARNED = 9;

    /** Of the large ones, which have many vertices. */
    private static final int LEARNED_LATER = 40;

    private static final int PLANS = 3;

    /** These have no unit. */
    private static final Set<String> RECURRENT = Set.of(
            "shift-vertex",
            "lstm-residual-no-type",
            "lstm-residual",
            "lstm-residual-masked",
            "lstm-residual-nwc",
            "graves-residual",
            "graves-bidirectional",
            "simple-rnn",
            "bidirectional-add",
            "bidirectional-concat",
            "duplicate-to-series",
            "list-lstm",
            "list-time-distributed");

    static Stream<Arguments> networks() {
        return Stream.of(ImageNetworks.all(), GraphNetworks.all(), SequenceNetworks.all(), ListNetworks.all())
                .flatMap(List::stream)
                .filter(net -> !net.is(Trait.INFERENCE) && !RECURRENT.contains(net.name()))
                .flatMap(net -> Stream.of(Arguments.of(net, DataType.DOUBLE), Arguments.of(net, DataType.FLOAT)));
    }

    static Stream<Arguments> zoo() {
        return ZooNetworks.all().stream()
                .filter(net -> net.is(Trait.LARGE) && !net.is(Trait.INFERENCE))
                .map(net -> Arguments.of(net, DataType.FLOAT));
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("zoo")
    void soItIsOfLargeNetworks(NamedNetwork named, DataType type) {
        predicted(named, type, 2, LEARNED_LATER);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("networks")
    void predictedIsMeasured(NamedNetwork named, DataType type) {
        predicted(named, type, PLANS, LEARNED);
    }

    private static void predicted(NamedNetwork named, DataType type, int plans, int learned) {
        MultiDataSet data = named.data(type);
        Model net = named.network(type);
        Map<String, INDArray> params = byName(net);
        NetworkFigures figures =
                NetworkFigures.of(net, type, new Batch(data), Exactness.NEW_FUNCTION, Memory.reversible(), false);
        PlanProblem problem = Problems.of(figures);
        same(params, byName(net), "parameters of the network that is planned for");
        Random random = new Random(named.name().hashCode());
        for (int i = 0; i < plans; i++) {
            Solution plan = i == 0
                    ? problem.uniform(Answer.STORE.label())
                    : DrawnPlan.of(problem, random, UnaryOperator.identity());
            String what = plan.steps().toString();
            Model lean = (Model) figures.units().apply(DrawnPlan.assigned(plan));
            if (plan.exactness() == Exactness.SAME_FUNCTION) {
                trainsAlike(named, type, net, lean, what);
            }
            same(params, byName(restored(lean)), what);
            long measured = peak(lean, data, learned);
            assertTrue(
                    measured <= plan.peakBytes() && measured >= 0.97 * plan.peakBytes(),
                    () -> named.name() + ": predicted " + plan.peakBytes() + ", measured " + measured + ": " + what);
        }
    }

    private static long peak(Model lean, MultiDataSet data, int learned) {
        fit(lean, data);
        MemoryListener memory = new MemoryListener();
        listen(lean, memory);
        for (int i = 0; i < learned; i++) { // a listener frees workspaces first
            fit(lean, data);
        }
        return memory.report().peakBytes();
    }

    private static void trainsAlike(NamedNetwork named, DataType type, Model net, Model lean, String what) {
        MultiDataSet data = named.data(type);
        double relative = type == DataType.DOUBLE ? 1e-9 : 1e-4;
        INDArray[] expected = output(net, false, data);
        INDArray[] actual = output(lean, false, data);
        for (int i = 0; i < expected.length; i++) {
            near(expected[i], actual[i], relative * largest(expected[i]), "output, " + what);
        }
        if (named.is(Trait.RANDOM)) {
            return;
        }
        Model plain = copy(net);
        Model planned = copy(lean);
        fit(plain, data);
        fit(planned, data);
        double step = plain.params().sub(net.params()).amaxNumber().doubleValue();
        Map<String, INDArray> trained = byName(restored(planned));
        byName(plain)
                .forEach((name, value) -> near(
                        value,
                        trained.get(name),
                        (type == DataType.DOUBLE ? 1e-7 : 2e-2) * step,
                        name + " after a step, " + what));
    }

    private static Model restored(Model net) {
        return net instanceof MultiLayerNetwork line ? Lean.restore(line) : Lean.restore((ComputationGraph) net);
    }

    private static double largest(INDArray array) {
        return Math.max(1e-12, array.amaxNumber().doubleValue());
    }

    private static void near(INDArray expected, INDArray actual, double tolerance, String what) {
        assertArrayEquals(expected.shape(), actual.shape(), what);
        assertArrayEquals(
                expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble(), tolerance, what);
    }

    private static Map<String, INDArray> byName(Model net) {
        Map<String, INDArray> params = new LinkedHashMap<>();
        net.paramTable().forEach((name, array) -> params.put(name, array.dup()));
        return params;
    }

    private static void same(Map<String, INDArray> expected, Map<String, INDArray> actual, String what) {
        assertEquals(expected.keySet(), actual.keySet(), what);
        expected.forEach((name, array) -> near(array, actual.get(name), 0, what + ": " + name));
    }
}
