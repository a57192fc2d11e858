package org.revlayers.internal.op;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.reversible.CoefficientTable;
import org.revlayers.reversible.Coefficients;

/**
 * What the forward ops of chains share: the settings, and the step of the training, which goes with the op from graph to graph, because a
 * gradient graph is a copy and has no training configuration before the first step of training.
 */
public abstract class ChainOp extends RevOp {

    private static final String STEP = "step";

    private ChainSettings settings;
    private ChainPlan last; // of the latest step
    private long step;

    /**
     * Without settings yet.
     *
     * @param name    in a saved graph
     * @param outputs how many there are
     */
    ChainOp(String name, int outputs) {
        super(name, outputs);
    }

    /** Of the chain. */
    public final ChainSettings settings() {
        if (settings == null) {
            settings = ChainArguments.read(this);
        }
        return settings;
    }

    /** What is kept, and with which coefficients, in the present step of the graph. */
    final ChainPlan plan(DataType values, SameDiff graph) {
        Coefficients c = present(graph);
        ChainPlan plan = last;
        if (plan == null || plan.values() != values || !plan.c().equals(c)) {
            plan = new ChainPlan(settings(), c, values);
            last = plan;
        }
        return plan;
    }

    /** The coefficients in the present step of the graph, in training or in inference. */
    public final Coefficients present(SameDiff graph) {
        CoefficientTable table = settings().coefficients();
        return GraphPhase.isTraining(graph) ? table.at(step(graph)) : table.inference(step(graph));
    }

    /** The present step of the graph. */
    final long step(SameDiff graph) {
        return GraphPhase.step(graph, step);
    }

    /** Sets the step for a graph that has no training configuration. */
    final void setStep(long step) {
        this.step = step;
    }

    @Override
    public final Map<String, Object> propertiesForFunction() {
        return Map.of(STEP, step(sameDiff));
    }

    @Override
    public final void setPropertiesForFunction(Map<String, Object> properties) {
        step = properties.get(STEP) instanceof Number n ? n.longValue() : 0;
    }
}
