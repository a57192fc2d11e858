package org.revlayers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.planner.Batch;
import org.revlayers.internal.planner.MemoryBudget;
import org.revlayers.internal.planner.PlanRequest;
import org.revlayers.internal.planner.PlanSearch;
import org.revlayers.internal.planner.Trainable;
import org.revlayers.internal.planner.TrainableGraph;
import org.revlayers.internal.planner.TrainableNetwork;
import org.revlayers.internal.planner.WorstStep;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import org.revlayers.plan.InfeasibleBudgetException;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Chooses how the activations of a network are kept, unit by unit: the fastest training that fits a budget.
 *
 * <pre>{@code
 * MemoryPlan plan = MemoryPlanner.of(net, batch).budget("400MiB").allow(Exactness.SAME_FUNCTION).solve();
 * System.out.print(plan);
 * ComputationGraph lean = plan.apply();
 * }</pre>
 *
 * <p>Units are residual blocks, transformer blocks, and short rows of other layers. What each takes by each {@link Answer} is measured by running it alone, once
 * for units that are alike: bytes are counted, not estimated, and seconds are those of this machine at this moment. What the rest of the network holds is
 * measured in steps of a copy whose units are all checkpointed, so that planning needs no more memory than the leanest training. The network itself is not
 * changed.
 *
 * <p>Not for several threads.
 *
 * @since 0.1.0
 */
public final class MemoryPlanner {

    /** For {@link #batch}: the fastest batch. */
    public static final int AUTO = PlanRequest.AUTO;

    private final boolean graph;
    private final PlanSearch search;
    private final Map<String, Answer> pins = new LinkedHashMap<>();
    private PlanRequest wanted = PlanRequest.usual();

    private MemoryPlanner(Trainable net, Batch batch) {
        graph = net instanceof TrainableGraph;
        search = new PlanSearch(net, batch);
    }

    /**
     * For a network.
     *
     * @param batch as it will be trained with: its size and shapes are what is planned for
     * @throws IllegalArgumentException if no layers of the network could be in a container
     */
    public static MemoryPlanner of(MultiLayerNetwork net, DataSet batch) {
        return of(net, given(batch).toMultiDataSet());
    }

    /** As {@link #of(MultiLayerNetwork, DataSet)}. */
    public static MemoryPlanner of(MultiLayerNetwork net, MultiDataSet batch) {
        return new MemoryPlanner(new TrainableNetwork(network(net)), new Batch(given(batch)));
    }

    /** As {@link #of(MultiLayerNetwork, DataSet)}. */
    public static MemoryPlanner of(ComputationGraph net, DataSet batch) {
        return of(net, given(batch).toMultiDataSet());
    }

    /** As {@link #of(MultiLayerNetwork, DataSet)}. */
    public static MemoryPlanner of(ComputationGraph net, MultiDataSet batch) {
        return new MemoryPlanner(new TrainableNetwork(network(net)), new Batch(given(batch)));
    }

    /**
     * For a SameDiff graph, as {@code SameDiffTrainer} trains it. Its units are the parts between arrays through which alone gradients go: residual blocks,
     * layers in a row. Each may be stored or computed again ({@link Answer#CHECKPOINT}, several as one), and with
     * {@link Exactness#APPROXIMATE_GRADIENTS} keep 16 bits ({@link Answer#HALF}) or 8 ({@link Answer#INT8}), or the largest values ({@link Answer#RAZOR}). ND4J chooses the order of ops, so
     * plans are tried in real steps of a copy, and what they take beyond what was predicted counts for the next one. Reversible chains are no answer here:
     * {@code Lean.convert(graph, Memory.reversible(schedule))}; nor is a disk.
     *
     * @param batch mapped to placeholders by the graph's training configuration
     * @throws IllegalArgumentException when it is solved, if the graph has no loss or no training configuration, or no such part
     */
    public static MemoryPlanner of(SameDiff graph, MultiDataSet batch) {
        return new MemoryPlanner(new TrainableGraph(network(graph)), new Batch(given(batch)));
    }

    /** As {@link #of(SameDiff, MultiDataSet)}. */
    public static MemoryPlanner of(SameDiff graph, DataSet batch) {
        return of(graph, given(batch).toMultiDataSet());
    }

    /**
     * The most live bytes of a step beyond weights, gradients and updater state, as {@code MemoryListener} counts them.
     *
     * @param text such as {@code 400MiB}, or {@code 25%} of what the network takes with all units stored
     */
    public MemoryPlanner budget(String text) {
        wanted = wanted.withBudget(MemoryBudget.ofArrays(text));
        return this;
    }

    /**
     * Refuses what {@link #budget} would.
     *
     * @throws IllegalArgumentException for a text that is no budget
     */
    public static void checkBudget(String text) {
        MemoryBudget.ofArrays(text);
    }

    /**
     * The same for the whole process: weights, gradients, updater state, the batch, what the JVM, ND4J and the program held before, and live arrays.
     *
     * @param text such as {@code 2GiB}, or {@code auto} for what is available less a tenth
     */
    public MemoryPlanner processBudget(String text) {
        wanted = wanted.withBudget(MemoryBudget.ofProcess(text));
        if (wanted.resident() == PlanRequest.UNKNOWN) {
            wanted = wanted.withResident(MemoryBudget.resident()); // measuring leaves heap and libraries behind
        }
        return this;
    }

    /** The widest that the plan may use; {@link Exactness#SAME_FUNCTION} if this is not called. */
    public MemoryPlanner allow(Exactness widest) {
        wanted = wanted.withAllowed(Given.of(widest, "what a plan may use", "Exactness.SAME_FUNCTION, say"));
        return this;
    }

    /**
     * α and β of reversible chains over the training, for plans that may use {@link Answer#REVERSIBLE}; (1, 1/8) for ever if not set. Bytes are planned for
     * where |β| is smallest.
     *
     * @throws IllegalArgumentException for a schedule that comes to β = 0
     */
    public MemoryPlanner schedule(CoefficientSchedule schedule) {
        notInGraphs("reversible chains: Lean.convert(graph, Memory.reversible(schedule)) makes them");
        Memory reversible = Memory.reversible(schedule);
        WorstStep.check(schedule);
        wanted = wanted.withReversible(reversible);
        return this;
    }

    /**
     * Whether plans may have activations wait on a disk, where that is faster than to compute them again or needed at all; they do not if this is not called,
     * for every step writes then. {@code -Drevlayers.offload.dir} names the folder. Predicted peaks have the 9 MiB of buffers and, unit by unit, what is read ahead
     * while it goes back: all that the unit before it has on the disk. That memory is taken when it is asked for, however fast the disk is.
     */
    public MemoryPlanner disk(boolean on) {
        if (on) {
            notInGraphs("a disk: plan in memory alone");
        }
        wanted = wanted.withDisk(on);
        return this;
    }

    private void notInGraphs(String what) {
        if (graph) {
            throw new IllegalArgumentException("plans for SameDiff graphs do not use " + what);
        }
    }

    /**
     * Plans for another number of examples than the batch has, which is repeated to that size. {@link #AUTO} is the batch with the most examples a second within
     * the budget, found from what was measured for the given one, planned for, and tried in real steps of a copy; {@link MemoryPlan#largestBatch()} is the
     * largest then. A budget in percent is of plain with the given batch. With batch normalisation another batch is another training, and a warning says so.
     *
     * @param size from 1 on, or {@link #AUTO}
     */
    public MemoryPlanner batch(int size) {
        if (size < AUTO) {
            throw new IllegalArgumentException("a batch has 1 example or more, or is MemoryPlanner.AUTO; got " + size);
        }
        wanted = wanted.withExamples(size);
        return this;
    }

    /**
     * Gives units their answer.
     *
     * @param pattern name of a layer or vertex, with * for any characters; a unit is meant if one of its members is
     */
    public MemoryPlanner pin(String pattern, Answer answer) {
        Given.of(pattern, "the pattern of a pin", "names of layers, block*, say");
        Given.of(answer, "the answer of a pin", "Answer.STORE, say");
        Answer before = pins.putIfAbsent(pattern, answer);
        if (before != null && before != answer) {
            throw new IllegalArgumentException("two pins disagree about \"" + pattern + "\": " + before.label()
                    + " and " + answer.label() + ": take one of them away");
        }
        return this;
    }

    /**
     * Measures and chooses. Measured figures are used again by later calls.
     *
     * @throws InfeasibleBudgetException if nothing fits, with the least that would
     * @throws IllegalArgumentException  for a pin that matches nothing, names an answer that its units do not have, or disagrees with another one
     */
    public MemoryPlan solve() {
        if (wanted.budget() == null) {
            throw new IllegalArgumentException("a plan needs a budget: budget(\"400MiB\") or budget(\"25%\")");
        }
        PlanSearch.Found found = search.solve(wanted.withPins(pins));
        return new MemoryPlan(found.figures(), found.trial());
    }

    private static <T> T given(T batch) {
        return Given.of(batch, "the batch of a plan", "one as the network is trained with, features and labels");
    }

    private static <T> T network(T net) {
        return Given.of(net, "the network of a plan", "one that has been initialised");
    }
}
