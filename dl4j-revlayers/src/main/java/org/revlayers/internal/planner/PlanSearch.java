package org.revlayers.internal.planner;

import java.util.List;
import java.util.OptionalLong;
import lombok.extern.slf4j.Slf4j;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.internal.plan.PlanProblem;
import org.revlayers.internal.plan.Solution;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.InfeasibleBudgetException;

/** Measures a network, once for requests that need the same, and searches for what they ask for. */
@Slf4j
public final class PlanSearch {

    /** Plans of a graph that may be corrected downward. */
    private static final int TRIES = 3;

    /** Of a predicted peak, what a step of a graph may take less. */
    private static final double NEAR = 0.02;

    private final Trainable net;
    private final Batch batch;
    /** Bytes beside units where all of them are stored, if that was tried. */
    private long plainRest = PlanRequest.UNKNOWN;

    private NetworkFigures measured; // null before it was
    private PlanRequest measuredFor; // likewise

    /** For plans of a network with a batch. */
    public PlanSearch(Trainable net, Batch batch) {
        this.net = net;
        this.batch = batch;
    }

    /** A plan, and the copies that it can be tried on. */
    public record Found(PlanFigures figures, Trial trial) {

        private boolean holds() {
            return trial.holds(figures);
        }

        private long beyond() {
            return trial.beyond(figures);
        }

        private long peakBytes() {
            return figures.plan().peakBytes();
        }
    }

    /**
     * The fastest training that fits.
     *
     * @throws InfeasibleBudgetException if nothing does, with the least that would
     * @throws IllegalArgumentException  for a pin that matches nothing, names an answer that its units do not have, or disagrees with another one
     */
    public Found solve(PlanRequest wanted) {
        if (wanted.examples() != PlanRequest.AS_GIVEN && wanted.examples() != batch.size()) {
            return sized(wanted);
        }
        measure(wanted);
        Solution plain = plain();
        try {
            return net.isTried() ? tried(wanted, plain) : solved(wanted, plain);
        } catch (InfeasibleBudgetException e) {
            BudgetParts parts = parts(wanted, plain);
            throw parts.process() == 0 ? e : e.ofProcess(parts.process(), parts.process() - parts.bytes());
        }
    }

    /** With all units stored: tried in real steps, too, where plans are and there is the memory. */
    private Solution plain() {
        Solution predicted = Problems.of(measured).uniform(Answer.STORE.label());
        if (!net.isTried()) {
            return predicted;
        }
        if (plainRest == PlanRequest.UNKNOWN) {
            OptionalLong free = ProcessMemory.availableBytes();
            if (free.isPresent() && predicted.peakBytes() > free.getAsLong() / 2) {
                log.info(
                        "What the graph takes with everything stored, {}, is a prediction: too much of what is free to try it.",
                        Bytes.text(predicted.peakBytes()));
                return predicted;
            }
            Trial trial = new Trial(measured.units(), batch);
            long peak =
                    trial.steps(measured.units().alone(Answer.STORE.memory())).peakBytes();
            plainRest = Math.max(0, measured.rest().bytes() + peak - predicted.peakBytes());
        }
        return Problems.of(measured.withRest(plainRest)).uniform(Answer.STORE.label());
    }

    /** Until a step takes no more than is predicted; of an impossible budget, one by the plan that takes least. */
    private Found tried(PlanRequest wanted, Solution plain) {
        for (int i = 1; ; i++) {
            InfeasibleBudgetException none = null;
            Found plan;
            try {
                plan = solved(wanted, plain);
            } catch (InfeasibleBudgetException e) {
                none = e;
                plan = solved(wanted.withBudget(MemoryBudget.ofArrays(e.leastBudget() + "B")), plain);
            }
            long more = plan.beyond();
            boolean near = -more <= NEAR * plan.peakBytes() || i > TRIES; // later, only more is taken in
            if (more <= 0 && near) {
                if (none != null) {
                    throw none;
                }
                return plan;
            }
            measured = measured.withRest(Math.max(0, measured.rest().bytes() + more));
        }
    }

    private Found solved(PlanRequest wanted, Solution plain) {
        List<PlanProblem> problems = problems(wanted, Problems.of(measured));
        BudgetParts parts = parts(wanted, plain);
        long bytes = Math.max(0, parts.bytes());
        Chosen chosen;
        try {
            chosen = Chosen.of(problems, wanted.allowed(), bytes);
        } catch (InfeasibleBudgetException e) {
            throw e.withLargestBatch(batches(wanted, problems, bytes).largest());
        }
        return new Found(
                PlanFigures.of(
                        measured,
                        parts,
                        batch.size(),
                        batches(wanted, problems, parts.bytes()),
                        plain,
                        chosen,
                        wanted.reversible()),
                new Trial(measured.units(), batch));
    }

    private PlanProblem measure(PlanRequest wanted) {
        if (measured == null || !wanted.isMeasuredFor(measuredFor)) {
            measured = net.measure(batch, wanted.allowed(), wanted.reversible(), wanted.disk());
            measuredFor = wanted;
            plainRest = PlanRequest.UNKNOWN;
        }
        return Problems.of(measured);
    }

    private BudgetParts parts(PlanRequest wanted, Solution plain) {
        return wanted.budget().parts(net, batch, wanted.resident(), plain.peakBytes());
    }

    private List<PlanProblem> problems(PlanRequest wanted, PlanProblem inMemory) {
        return Chosen.problems(measured, inMemory, PinnedUnits.of(measured.units(), wanted.pins()), wanted.disk());
    }

    private Batches batches(PlanRequest wanted, List<PlanProblem> problems, long bytes) {
        return Batches.of(measured, problems, wanted.allowed(), batch.size(), bytes);
    }

    /** For another batch. */
    private Found sized(PlanRequest wanted) {
        boolean auto = wanted.examples() == PlanRequest.AUTO;
        MemoryBudget own = wanted.budget();
        long begin = wanted.examples();
        if (auto || own.fraction() > 0) {
            PlanProblem inMemory = measure(wanted);
            BudgetParts parts = parts(wanted, plain());
            own = own.fixed(parts);
            if (auto) {
                long bytes = Math.max(0, parts.bytes());
                begin = Math.max(
                        1, batches(wanted, problems(wanted, inMemory), bytes).fastest());
            }
        }
        PlanRequest given = wanted.withBudget(own).withExamples(PlanRequest.AS_GIVEN);
        return BatchSearch.of(begin, auto, size -> {
            Found plan = new PlanSearch(net, batch.sized(size)).solve(given);
            BatchSearch.warn(net, batch.size(), size);
            return !auto || plan.holds() ? plan : null;
        });
    }
}
