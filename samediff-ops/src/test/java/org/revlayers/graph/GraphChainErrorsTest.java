package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;
import org.revlayers.training.SameDiffTrainer;

/** Every error names the chain, the sub-function if there is one, and what to do. */
class GraphChainErrorsTest {

    private final SameDiff sd = SameDiff.create();
    private final SDVariable x = sd.placeHolder("x", DataType.FLOAT, 2, 4);

    private void refused(String message, UnaryOperator<GraphChain> settings) {
        int ops = sd.getOps().size();
        GraphChain chain = settings.apply(GraphChain.in(sd, "chain"));
        String actual =
                assertThrows(IllegalArgumentException.class, () -> chain.of(x)).getMessage();
        assertTrue(actual.contains(message) && actual.contains("chain \"chain\""), actual);
        assertEquals(ops, sd.getOps().size(), "nothing is left of it");
    }

    @Test
    void whatCannotWorkIsRefusedWhenItIsBuilt() {
        SubFunction f = (g, u) -> u.mul(2);
        refused("has no sub-functions: add one", c -> c);
        refused("\"a\", needs a name that no other has", c -> c.then("a", f).then("a", f));
        refused("cannot be inverted at β = 0: use CHECKPOINT", c -> c.then("a", f)
                .coefficients(CoefficientSchedule.constant(1, 0)));
        refused("a scale of 0 to 30", c -> c.then("a", f).scale(31));
        refused(
                "streams of DOUBLE have none",
                c -> c.then("a", f).streams(StreamType.DOUBLE).scaleFrom(Map.of("x", Nd4j.ones(2, 4))));
        refused("0 < tolerance < 1", c -> c.then("a", f).tolerance(0));
        refused("\"a\", must return a variable that it has computed", c -> c.then("a", (g, u) -> u));
        refused("\"a\", must return a variable", c -> c.then("a", (g, u) -> null));
        refused("\"a\", maps FLOAT to DOUBLE: cast", c -> c.then("a", (g, u) -> u.castTo(DataType.DOUBLE)));
        refused("\"b\", has the random op", c -> c.then("a", f)
                .then("b", (g, u) -> u.mul(g.random().normal(0, 1, DataType.FLOAT, 2, 4))));
        refused("\"b\", has the random op", c -> c.then("a", f).then("b", (g, u) -> g.nn().dropout(u, 0.5)));
    }

    @Test
    void namesAreChecked() {
        sd.var("taken", DataType.FLOAT, 2);
        GraphChain chain = GraphChain.in(sd, "taken").then("a", (g, u) -> u.mul(2));
        assertThrows(IllegalArgumentException.class, () -> chain.of(x));
        assertThrows(IllegalArgumentException.class, () -> SubFunction.part(sd, "x", "nowhere"));
        SDVariable before = sd.math().tanh(x);
        before.mul(2).rename("early").add(before).rename("late");
        GraphChain part = GraphChain.in(sd, "chain").then("a", SubFunction.part(sd, "early", "late"));
        String message =
                assertThrows(IllegalArgumentException.class, () -> part.of(x)).getMessage();
        assertTrue(message.contains("\"late\" needs more than \"early\" from before it"), message);
    }

    @Test
    void aChangeOfShapeIsRefusedWhenItRuns() {
        GraphChain.in(sd, "chain").then("wide", (g, u) -> g.concat(1, u, u)).of(x);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> sd.outputSingle(Map.of("x", Nd4j.ones(DataType.FLOAT, 2, 4)), "chain"))
                .getMessage();
        assertTrue(message.contains("\"wide\" maps FLOAT[2, 4] to FLOAT[2, 8]: end the chain before it"), message);
    }

    @Test
    void aValueOutOfRangeStopsTheStepBeforeAnythingIsUpdated() {
        ChainNet net = ChainNet.of(ChainMode.REVERSE, 1, 0.125);
        SameDiff graph = net.graph();
        stopped(net, graph, net.input(1).mul(1e6), "its input");
        stopped(net, graph, net.input(1).putScalar(0, Double.NaN), "its input");
        graph.getVariable("chain/mlp2/w2").getArr().muli(1e6);
        stopped(net, graph, net.input(1), "sub-function \"mlp2\"");
    }

    private static void stopped(ChainNet net, SameDiff graph, INDArray input, String where) {
        Map<String, INDArray> before = new TreeMap<>();
        GraphValues.parameters(graph).forEach((name, values) -> before.put(name, values.dup()));
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph)) {
            String message = assertThrows(ArithmeticException.class, () -> trainer.fit(new DataSet(input, null)))
                    .getMessage();
            assertTrue(
                    message.contains("chain \"chain\", " + where)
                            && message.contains("above 2048.0")
                            && message.contains("smaller scale"),
                    message);
            GraphValues.assertBits(before, GraphValues.parameters(graph));
            assertEquals(0, trainer.liveBytes());
        }
    }
}
