package org.revlayers.internal.contract;

/**
 * Tells forwards in training mode apart. The first one behind {@link #beginStep()} is the step's: its random numbers depend on the network's seed and on
 * the number of the step alone, so a training that goes on from a file draws what it would have drawn. Further ones, such as the calls of Monte Carlo
 * dropout, draw numbers of their own each time, and leave the next step's alone.
 */
public final class ForwardCount {

    private int forwards;

    /** The next forward is that of a training step. */
    public void beginStep() {
        forwards = 0;
    }

    /** The pass of the next forward; that of the step is the one given. */
    public Pass next(Pass step) {
        int further = forwards++;
        return further == 0 ? step : step.of(-further);
    }
}
