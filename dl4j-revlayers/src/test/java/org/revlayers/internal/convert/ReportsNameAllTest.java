package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.Lean;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** Every layer and vertex is in a unit of a report, or among what was left, with a reason. */
class ReportsNameAllTest {

    private static final DataType TYPE = DataType.FLOAT;

    static List<Memory> memories() {
        return List.of(
                Memory.reversible(),
                Memory.reversible().otherwise(Memory.checkpoint()),
                Memory.reversible().atLeast(9).otherwise(Memory.razor(0.5).inside(Memory.approx())),
                Memory.reversible().atLeast(9).otherwise(Memory.approx().otherwise(Memory.half())),
                Memory.checkpoint(),
                Memory.checkpoint().except("*1*"),
                Memory.checkpoint().at("*1*", Memory.store()).at("*2*", Memory.sharedNorms()),
                Memory.store().otherwise(Memory.recompute()),
                Memory.recompute().otherwise(Memory.checkpoint()),
                Memory.approx().otherwise(Memory.checkpoint()),
                Memory.sharedNorms().otherwise(Memory.reversible()),
                Memory.half(),
                Memory.razor(0.5).at("*1*", Memory.store()));
    }

    private static Map<Model, Set<String>> networks() {
        return Stream.of(
                        ResidualGraphs.net(false, ResidualGraphs.global(TYPE)),
                        ResidualGraphs.net(true, ResidualGraphs.global(TYPE)),
                        TransformerGraphs.mixed(TYPE),
                        TransformerGraphs.network("first1", "second2", "third"),
                        ResidualGraphs.network(
                                TYPE,
                                new DenseLayer.Builder().nOut(4).build(),
                                new DropoutLayer(0.5),
                                new DenseLayer.Builder().nOut(4).build()))
                .collect(Collectors.toMap(Function.identity(), ReportsNameAllTest::names));
    }

    private static Set<String> names(Model net) {
        NetworkEdit<?> edit =
                net instanceof MultiLayerNetwork line ? new LineEdit(line) : new GraphEdit((ComputationGraph) net);
        return edit.conf().getVertices().keySet().stream()
                .map(edit::label)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("memories")
    void inAUnitOrLeft(Memory memory) {
        networks().forEach((net, names) -> {
            ConversionReport report;
            try {
                report = net instanceof MultiLayerNetwork line
                        ? Lean.plan(line, memory)
                        : Lean.plan((ComputationGraph) net, memory);
            } catch (IllegalArgumentException e) {
                assertTrue(
                        e.getMessage().startsWith("nothing to convert")
                                || e.getMessage().contains("does not have"),
                        e.getMessage());
                return;
            }
            Set<String> told = new TreeSet<>();
            report.units().forEach(unit -> told.addAll(unit.members()));
            report.left().forEach(left -> {
                assertFalse(left.reason().isBlank(), left.name());
                told.add(left.name());
            });
            assertEquals(names, told, memory + "\n" + report);
        });
    }

    @Test
    void whatIsExceptedIsSaidToBe() {
        MultiLayerNetwork net = TransformerGraphs.network("first", "second");
        for (Memory memory : memories()) {
            if (!memory.hasRules()) {
                String message = assertThrows(
                                IllegalArgumentException.class, () -> Lean.convert(net, memory.except("*")))
                        .getMessage();
                assertTrue(message.contains("first=excepted") && message.contains("second=excepted"), message);
            }
        }
        ComputationGraph graph = ResidualGraphs.net(false, ResidualGraphs.global(TYPE));
        List<ConversionReport.Left> left = Lean.plan(
                        graph, Memory.reversible().except("s2_b_conv1").atLeast(1))
                .left();
        assertTrue(left.contains(new ConversionReport.Left("s2_b_conv1", "excepted")), left::toString);
    }

    @Test
    void anotherMemoryIsNotSaidToBeAnException() {
        ComputationGraph graph = ResidualGraphs.net(false, ResidualGraphs.global(TYPE));
        Memory memory = Memory.reversible().at("s1_b_conv1", Memory.half());
        String report = Lean.plan(graph, memory).toString();
        assertTrue(report.contains("\"s1_b_conv1\" is kept in another way"), report);
        assertFalse(report.contains("excepted"), report);
    }

    @Test
    void aMemoryIsNotPrintedWithItsRules() {
        MultiLayerNetwork net = TransformerGraphs.network("first", "second");
        Memory memory = Memory.recompute()
                .except("first")
                .at("second", Memory.recompute().otherwise(Memory.half()));
        String report = Lean.plan(net, memory).toString();
        assertFalse(report.contains("otherwise"), report);
    }
}
