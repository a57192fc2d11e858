package org.revlayers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.ListenerVariables;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The graph's listeners in one call of the trainer, called as {@code SameDiff.fit} does. Two things differ, both defects there: {@code iterationDone} gets
 * the user's graph, when its counters stand at the next step (M2.1 hands the gradient graph over, which cannot be trained when a checkpoint has been made of
 * it), and variables that a listener requires are computed. Whoever was told that an operation starts is told that it ends, whatever happens between.
 */
final class TrainingListeners implements AutoCloseable {

    private final SameDiff graph;
    private final List<Listener> all = new ArrayList<>();
    private final List<Listener> started = new ArrayList<>();

    TrainingListeners(SameDiff graph) {
        this.graph = graph;
        for (Listener l : graph.getListeners()) {
            if (l.isActive(Operation.TRAINING)) {
                all.add(l);
            }
        }
    }

    /** Tells all that training starts. */
    void start(SameDiff gradients) {
        for (Listener l : all) {
            started.add(l);
            l.operationStart(gradients, Operation.TRAINING);
        }
    }

    void each(Consumer<Listener> call) {
        all.forEach(call);
    }

    /** Calls all; whether one of them wants to stop. */
    boolean stops(Function<Listener, ListenerResponse> call) {
        boolean stop = false;
        for (Listener l : all) {
            stop |= call.apply(l) == ListenerResponse.STOP;
        }
        return stop;
    }

    /** Variables that listeners want computed in every step. */
    Set<String> required() {
        Set<String> names = new TreeSet<>();
        for (Listener l : all) {
            ListenerVariables wanted = l.requiredVariables(graph);
            if (wanted != null && wanted.trainingVariables() != null) {
                names.addAll(wanted.trainingVariables());
            }
        }
        for (String name : names) {
            if (!graph.hasVariable(name)) {
                throw new IllegalArgumentException(
                        "a listener requires variable \"" + name + "\", which the graph does not have");
            }
        }
        return names;
    }

    /** For ND4J's session: each handed on but for {@code iterationDone}; a silent one if nobody listens, for ND4J counts regularisation in the loss only then. */
    List<Listener> relays() {
        return all.isEmpty()
                ? List.of(new Relay(null))
                : all.stream().<Listener>map(Relay::new).toList();
    }

    /** Tells all that were told of the start. The first failure is thrown in the end. */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (Listener l : started) {
            try {
                l.operationEnd(graph, Operation.TRAINING);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static final class Relay extends BaseListener {

        private final Listener to;

        Relay(Listener to) {
            this.to = to;
        }

        @Override
        public boolean isActive(Operation operation) {
            return operation == Operation.TRAINING;
        }

        @Override
        public void iterationDone(SameDiff sd, At at, MultiDataSet batch, Loss loss) {
            // the trainer calls it
        }

        @Override
        public void preOpExecution(SameDiff sd, At at, SameDiffOp op, OpContext context) {
            if (to != null) {
                to.preOpExecution(sd, at, op, context);
            }
        }

        @Override
        public void opExecution(
                SameDiff sd, At at, MultiDataSet batch, SameDiffOp op, OpContext context, INDArray[] outputs) {
            if (to != null) {
                to.opExecution(sd, at, batch, op, context, outputs);
            }
        }

        @Override
        public void activationAvailable(
                SameDiff sd, At at, MultiDataSet batch, SameDiffOp op, String variable, INDArray activation) {
            if (to != null) {
                to.activationAvailable(sd, at, batch, op, variable, activation);
            }
        }

        @Override
        public void preUpdate(SameDiff sd, At at, Variable variable, INDArray update) {
            if (to != null) {
                to.preUpdate(sd, at, variable, update);
            }
        }
    }
}
