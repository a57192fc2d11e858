package org.revlayers.parallel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.deeplearning4j.optimize.api.StepFunction;
import org.deeplearning4j.optimize.solvers.accumulation.GradientsAccumulator;
import org.deeplearning4j.optimize.solvers.accumulation.IndexedTail;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradient sharing without codes: every worker makes the step that is the sum of all workers' updates. */
final class Sums implements GradientsAccumulator {

    private static final long serialVersionUID = 1L;

    private final transient CyclicBarrier barrier;
    private final transient List<INDArray> updates = new ArrayList<>();

    /** @param parties 1 for one that makes no step and shows the update */
    Sums(int parties) {
        barrier = new CyclicBarrier(parties);
    }

    /** The last update of one party. */
    INDArray update() {
        return updates.remove(0);
    }

    @Override
    public void storeUpdate(INDArray array, int iteration, int epoch) {
        synchronized (updates) {
            updates.add(array.dup());
        }
    }

    @Override
    public void applyUpdate(StepFunction function, INDArray params, INDArray updated, boolean isFinalStep) {
        if (barrier.getParties() > 1) {
            meet();
            function.step(params, updates.get(0).add(updates.get(1)));
            if (meet() == 0) {
                updates.clear();
            }
            meet();
        }
    }

    private int meet() {
        try {
            return barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void applyUpdate(StepFunction function, INDArray params, INDArray updated, double alpha) {
        throw new UnsupportedOperationException("not asked for by the solver");
    }

    @Override
    public void setExternalSource(IndexedTail source) {}

    @Override
    public IndexedTail getExternalSource() {
        return null;
    }

    @Override
    public void receiveUpdate(INDArray array) {}

    @Override
    public void markExternalUpdates(boolean available) {}

    @Override
    public void reset() {}

    @Override
    public void touch() {}

    @Override
    public boolean hasAnything() {
        return false;
    }
}
