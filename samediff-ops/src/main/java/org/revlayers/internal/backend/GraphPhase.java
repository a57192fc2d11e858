package org.revlayers.internal.backend;

import org.nd4j.autodiff.samediff.SameDiff;

/** What an op can learn about the run that it is part of: M2.1 does not tell it. */
public final class GraphPhase {

    /** ND4J's name for the gradient of the loss by itself: every gradient graph has it, no other does. */
    private static final String SEED_GRADIENT = "one-var";

    private GraphPhase() {}

    /**
     * Whether this graph is one that SameDiff made for {@code fit} and {@code calculateGradients}: a copy of the user's graph with the
     * backward ops added. {@code SameDiff.output} runs the user's graph itself.
     */
    public static boolean isTraining(SameDiff graph) {
        return graph != null && graph.getVariables().containsKey(SEED_GRADIENT);
    }

    /** Makes {@link #isTraining} true of a graph that an op runs inside a training step. */
    public static void markTraining(SameDiff graph) {
        graph.constant(SEED_GRADIENT, 1f);
    }

    /** The number of training iterations so far; the same in the forward and the backward pass of one. 0 without a training configuration. */
    public static long step(SameDiff graph) {
        return step(graph, 0);
    }

    /** The same, or another number without a training configuration, which gradient graphs lack before the first step of training. */
    public static long step(SameDiff graph, long otherwise) {
        return graph == null || graph.getTrainingConfig() == null
                ? otherwise
                : graph.getTrainingConfig().getIterationCount();
    }
}
