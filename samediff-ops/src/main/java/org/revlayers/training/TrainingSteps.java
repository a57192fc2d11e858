package org.revlayers.training;

import java.util.List;
import java.util.Set;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.BatchInputs;
import org.revlayers.internal.backend.RecyclingMemoryMgr;
import org.revlayers.internal.backend.StepSession;
import org.revlayers.memory.MemoryReport.KeptTensor;

/** Training steps of a graph, one after another, in one session and one memory as long as the graph is as it was. */
@RequiredArgsConstructor
final class TrainingSteps implements AutoCloseable {

    private final SameDiff graph;

    @Getter
    @Accessors(fluent = true)
    private final RecyclingMemoryMgr memory = new RecyclingMemoryMgr();

    private SameDiff gradientGraph;
    private StepSession session;

    /**
     * A change of the graph makes a new gradient graph: then the session is made anew.
     *
     * @return whether it was
     */
    boolean prepare() {
        if (config() == null) {
            throw new IllegalStateException("the graph has no training configuration: call sd.setTrainingConfig first");
        }
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) { // updater state outlives a user's
            SameDiff current = TrainingGraph.of(graph);
            boolean changed = current != gradientGraph;
            if (changed) {
                close();
                gradientGraph = current;
                session = new StepSession(graph, current, memory);
            }
            current.setEnableCache(true);
            return changed;
        }
    }

    /** Tells listeners that training starts. */
    void start(TrainingListeners listeners) {
        listeners.start(gradientGraph);
    }

    /**
     * One step.
     *
     * @param required   variables to compute that the step itself does not need
     * @param loadMillis how long the batch has taken to load
     */
    Loss step(MultiDataSet batch, At at, TrainingListeners listeners, Set<String> required, long loadMillis) {
        listeners.each(l -> l.iterationStart(graph, at, batch, loadMillis));
        Loss loss = session.trainingIteration(
                config(),
                new BatchInputs(config()).training(batch),
                TrainingGraph.parameters(graph),
                graph.getUpdaterMap(),
                batch,
                graph.getLossVariables(),
                required,
                listeners.relays(),
                at);
        config().incrementIterationCount();
        listeners.each(l -> l.iterationDone(graph, at, batch, loss));
        return loss;
    }

    /** Where training stands. */
    At at() {
        return At.builder()
                .epoch(config().getEpochCount())
                .iteration(config().getIterationCount())
                .javaThreadNum(Thread.currentThread().getId())
                .operation(Operation.TRAINING)
                .build();
    }

    /** What the latest step kept for backward. */
    List<KeptTensor> kept() {
        return session == null ? List.of() : session.keptForBackward();
    }

    long forwardPeakBytes() {
        return session == null ? 0 : session.forwardPeakBytes();
    }

    long backwardPeakBytes() {
        return session == null ? 0 : session.backwardPeakBytes();
    }

    double forwardSeconds() {
        return session == null ? 0 : session.forwardSeconds();
    }

    private TrainingConfig config() {
        return graph.getTrainingConfig();
    }

    @Override
    public void close() {
        memory.close();
        session = null;
        gradientGraph = null;
    }
}
