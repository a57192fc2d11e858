package org.revlayers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.convert.GraphPlanUnits;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.internal.machine.WholeFile;
import org.revlayers.internal.planner.Batch;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.PlanJson;
import org.revlayers.internal.planner.PlanText;
import org.revlayers.internal.planner.Trial;
import org.revlayers.internal.planner.Verified;
import org.revlayers.internal.planner.page.PlanPage;
import org.revlayers.plan.Exactness;

/**
 * An answer for every unit of a network, what it takes by prediction, and what other budgets would. Made by {@link MemoryPlanner}; JSON, by itself or in a
 * model file. A network that was made by a plan trains by it wherever it is loaded: its layers say how they keep; the JSON says why.
 *
 * @since 0.1.0
 */
public final class MemoryPlan {

    /** Its name in a model file. */
    private static final String ENTRY = "memoryPlan.json";

    private final PlanFigures figures;
    private final @Nullable Trial trial; // null for a plan that was read
    private @Nullable Verified verified; // null before it was

    MemoryPlan(PlanFigures figures, Trial trial) {
        this.figures = figures;
        this.trial = trial;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException for a text that is no plan
     */
    public static MemoryPlan ofJson(String json) {
        return new MemoryPlan(PlanJson.read(Given.of(json, "the JSON of a plan", "what toJson wrote")), null);
    }

    /** As JSON: sizes in bytes, times in seconds, units by the names of their layers. */
    public String toJson() {
        return PlanJson.of(figures);
    }

    /** Puts it into a model file that is there. */
    public void addTo(Path modelFile) throws IOException {
        Given.of(modelFile, "the model file", "its path");
        try (FileSystem zip = FileSystems.newFileSystem(modelFile)) {
            Files.write(zip.getPath(ENTRY), toJson().getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * The plan in a model file.
     *
     * @throws IllegalArgumentException if it has none
     */
    public static MemoryPlan from(Path modelFile) throws IOException {
        Given.of(modelFile, "the model file", "its path");
        try (FileSystem zip = FileSystems.newFileSystem(modelFile)) {
            Path entry = zip.getPath(ENTRY);
            if (!Files.exists(entry)) {
                throw new IllegalArgumentException(modelFile + " holds no plan: add one with MemoryPlan.addTo");
            }
            return ofJson(Files.readString(entry));
        }
    }

    /** The most live bytes of a step beyond weights, gradients and updater state, predicted. */
    public long peakBytes() {
        return figures.plan().peakBytes();
    }

    /** The same with all units stored on this library's hosts. */
    public long plainPeakBytes() {
        return figures.plain().peakBytes();
    }

    /** What units keep between forward and backward, predicted. */
    public long keptBytes() {
        return figures.plan().keptBytes();
    }

    /** Seconds of a step, predicted from what was measured. */
    public double seconds() {
        return figures.plan().seconds();
    }

    /** The same with all units stored. */
    public double plainSeconds() {
        return figures.plain().seconds();
    }

    /** The batch with the most examples a second within the budget, and the largest one: of networks whose bytes are proportional to the batch. */
    public long fastestBatch() {
        return figures.batches().fastest();
    }

    /** See {@link #fastestBatch}; batch normalisation computes something else with another batch. */
    public long largestBatch() {
        return figures.batches().largest();
    }

    /** Live bytes that the budget allows. */
    public long budgetBytes() {
        return figures.budget().bytes();
    }

    /** The widest that the plan uses. */
    public Exactness exactness() {
        return figures.exactness();
    }

    /**
     * A copy of the network that the plan was made for, which trains by it, with the parameters and updater state that the network has now.
     *
     * @param <T> the kind of that network
     * @throws IllegalStateException for a plan that was read: it has no network
     */
    @SuppressWarnings("unchecked") // of the kind that the planner was given
    public <T> T apply() {
        return (T) trial().network().apply(figures.assigned(trial().network()));
    }

    /**
     * The same for another network of the same units.
     *
     * @throws IllegalArgumentException naming the first units that differ
     */
    @SuppressWarnings("unchecked") // a copy is of the kind of what it is a copy of
    public <N extends Model> N apply(N net) {
        PlanUnits units = PlanUnits.of(Given.of(net, "the network of a plan", "one of the same units"));
        return (N) units.apply(figures.assigned(units));
    }

    /**
     * The same for another graph of the same units.
     *
     * @param batch of the shapes that it will be trained with
     * @throws IllegalArgumentException naming the first units that differ
     */
    public SameDiff apply(SameDiff graph, MultiDataSet batch) {
        GraphPlanUnits units = new GraphPlanUnits(
                Given.of(graph, "the graph of a plan", "one of the same units"),
                new Batch(Given.of(batch, "the batch of a plan", "one as the graph is trained with")).shapes(graph));
        return units.apply(figures.assigned(units));
    }

    /**
     * Trains copies of the network for some steps, one by this plan and one with all units stored, and says what was measured beside what was predicted.
     *
     * @throws IllegalStateException for a plan that was read
     */
    public String verify() {
        verified = trial().verify(figures);
        return verified.beside(figures);
    }

    /**
     * Writes the plan as a page for a browser, with nothing outside the file: memory over one step, the frontier (with what {@link #verify} measured, if it was
     * called before), every unit.
     */
    public void writeHtml(Path file) throws IOException {
        byte[] page = new PlanPage(figures, verified).toString().getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(page));
    }

    /** Examples of a step that it is for. */
    public long batch() {
        return figures.batch();
    }

    private Trial trial() {
        if (trial == null) {
            throw new IllegalStateException(
                    "a plan that was read has no network and no batch: use apply(net), or make the plan with MemoryPlanner");
        }
        return trial;
    }

    /** What the budget bounds, a line per unit, and at most ten budgets with what they would take. */
    @Override
    public String toString() {
        return PlanText.of(figures);
    }
}
