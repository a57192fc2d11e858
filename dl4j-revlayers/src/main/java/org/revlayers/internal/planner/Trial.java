package org.revlayers.internal.planner;

import java.util.List;
import org.revlayers.internal.convert.PlanSubject;
import org.revlayers.plan.Answer;

/**
 * Steps of copies of a network, to measure what was predicted.
 *
 * @param network that a plan was made for
 * @param batch   to train on
 */
public record Trial(PlanSubject network, Batch batch) {

    /** Trains one copy by the plan, and one with all units stored. */
    public Verified verify(PlanFigures plan) {
        return new Verified(steps(plan.assigned(network)), steps(network.alone(Answer.STORE.memory())));
    }

    /** Trains a copy whose units are kept so. */
    public Verified.Measured steps(List<PlanSubject.Assigned> assigned) {
        return Steps.of(network.apply(assigned), batch);
    }

    /** Bytes that steps by the plan take beyond what is predicted; negative if they take less. */
    public long beyond(PlanFigures plan) {
        return steps(plan.assigned(network)).peakBytes() - plan.plan().peakBytes();
    }

    /** Whether steps by the plan stay within its budget. */
    public boolean holds(PlanFigures plan) {
        return steps(plan.assigned(network)).peakBytes() <= plan.budget().bytes();
    }
}
