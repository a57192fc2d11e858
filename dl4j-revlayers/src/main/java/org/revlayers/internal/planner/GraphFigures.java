package org.revlayers.internal.planner;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.convert.GraphPlanUnits;
import org.revlayers.internal.graph.GraphUnit;
import org.revlayers.internal.graph.NothingToConvertException;
import org.revlayers.internal.graph.UnitGraph;
import org.revlayers.internal.graph.UnitRun;
import org.revlayers.internal.graph.UnitSample;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;

/** Measures what the units of a SameDiff graph take by each answer: once for those that are alike, its answers in turn, each trained as a graph of its own. */
final class GraphFigures {

    private static final Rounds ROUNDS = new Rounds(7, 2);
    private static final List<Answer> THINNED = List.of(Answer.HALF, Answer.INT8, Answer.RAZOR);

    private final SameDiff graph;
    private final UnitSample sample;
    private final Exactness allowed;
    private final UnitTimes times = UnitTimes.standard();
    private final Map<String, Map<Answer, UnitFigures>> known = new HashMap<>();

    private GraphFigures(SameDiff graph, UnitSample sample, Exactness allowed) {
        this.graph = graph;
        this.sample = sample;
        this.allowed = allowed;
    }

    /** The graph is not changed. */
    static NetworkFigures of(
            SameDiff graph, GraphPlanUnits units, Batch batch, Map<String, INDArray> placeholders, Exactness allowed) {
        UnitSample sample = UnitSample.of(graph, units.units(), placeholders);
        GraphFigures meter = new GraphFigures(graph, sample, allowed);
        List<Map<Answer, UnitFigures>> figures = new ArrayList<>();
        for (GraphUnit unit : units.units()) {
            figures.add(meter.figures(unit));
        }
        meter.times.save();
        return new NetworkFigures(units, figures, List.of(), RestFigures.of(units, figures, batch));
    }

    private Map<Answer, UnitFigures> figures(GraphUnit unit) {
        String key = UnitTimes.key(UnitGraph.text(graph, unit), sample.shapes(graph, unit), allowed);
        return known.computeIfAbsent(key, k -> measured(unit, k));
    }

    private Map<Answer, UnitFigures> measured(GraphUnit unit, String key) {
        UnitGraph stored = UnitGraph.of(graph, unit, sample.values());
        DataType type = graph.getVariable(unit.input()).dataType();
        Map<Answer, UnitGraph> graphs = new EnumMap<>(Answer.class);
        graphs.put(Answer.STORE, stored);
        graphs.put(Answer.CHECKPOINT, stored.checkpointed());
        for (Answer answer : THINNED) {
            if (answer.exactness().fits(allowed)) {
                try {
                    graphs.put(answer, stored.thinned(answer.memory(), sample.shapes(stored, unit)));
                } catch (NothingToConvertException e) {
                    continue; // no such answer for this unit
                }
            }
        }
        Map<Answer, UnitRun> runs = new EnumMap<>(Answer.class);
        try (UnitInputs inputs = new UnitInputs(type)) {
            INDArray x = inputs.input(sample.shape(unit.input()));
            INDArray dy = inputs.gradient(sample.shape(unit.output()));
            graphs.forEach((answer, of) -> runs.put(answer, new UnitRun(of, x, dy, sample.values())));
            Map<String, Rounds.Run> meters = new LinkedHashMap<>();
            runs.forEach((answer, run) -> meters.put(key + answer.label(), begins -> figures(run.run(), x, dy)));
            Map<String, UnitFigures> measured = ROUNDS.of(meters, times);
            Map<Answer, UnitFigures> figures = new EnumMap<>(Answer.class);
            runs.keySet().forEach(answer -> figures.put(answer, measured.get(key + answer.label())));
            return MeasuredTimes.sensible(figures);
        } finally {
            runs.values().forEach(UnitRun::close);
        }
    }

    private static UnitFigures figures(UnitRun.Figures run, INDArray x, INDArray dy) {
        return new UnitFigures(
                run.kept(),
                Math.max(run.kept(), run.forward()),
                Math.max(run.kept(), run.backward()),
                Trainable.bytes(x),
                Trainable.bytes(dy),
                Trainable.bytes(dy),
                run.keepsInput(),
                run.forwardSeconds(),
                run.backwardSeconds(),
                null);
    }
}
