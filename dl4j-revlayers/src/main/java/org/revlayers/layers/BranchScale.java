package org.revlayers.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.kernel.Kernels;
import org.revlayers.kernel.NormInput;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * What may stand between a residual branch and the addition: LayerScale (a factor per feature) and drop path (a factor per example, 0 or
 * 1/(1−p)). Drop path draws from a counter-based generator keyed by seed, iteration, layer and branch, so that it can be drawn again.
 *
 * @param name     of the branch
 * @param gamma    {@code [features]}, or null
 * @param dropPath probability
 * @param stepKey  tells this layer in this step from all others
 */
record BranchScale(String name, INDArray gamma, double dropPath, long stepKey) {

    boolean isIdentity(boolean training) {
        return gamma == null && (dropPath == 0 || !training);
    }

    /** The norm's input for sum = x + scaled(f + bias); writes {@code sum} unless the norm's own pass does. */
    NormInput join(INDArray f, INDArray bias, INDArray x, INDArray sum, long batch, boolean training, Kept keep) {
        if (isIdentity(training)) {
            return new NormInput(f, bias, x, sum);
        }
        Kernels.get().addBias(f, bias);
        apply(f, batch, training, keep);
        return new NormInput(f, null, x, sum);
    }

    /** y += scaled(f + bias); f is overwritten. */
    void add(INDArray f, INDArray bias, INDArray y, long batch, boolean training, Kept keep) {
        Kernels.get().addBias(f, bias);
        apply(f, batch, training, keep);
        y.addi(f);
    }

    /** Scales f in place. */
    void apply(INDArray f, long batch, boolean training, Kept keep) {
        if (gamma != null) {
            keep.take(name, Form.DENSE, f.dataType(), f.shape()).assign(f);
            f.muliRowVector(gamma);
        }
        if (training && dropPath > 0) {
            drop(f, batch, keep);
        }
    }

    /** Gradient of f: dy itself where nothing scales, else a scratch array; writes LayerScale's gradient. */
    INDArray backward(INDArray dy, long batch, INDArray dGamma, Kept keep, Arena.Scratch scratch) {
        INDArray factors = keep.get(name + "_factors");
        if (gamma == null && factors == null) {
            return dy;
        }
        INDArray g = scratch.take(dy.dataType(), dy.shape());
        g.assign(dy);
        if (factors != null) {
            perExample(g, batch).muliColumnVector(factors);
            keep.release(name + "_factors");
        }
        if (gamma != null) {
            INDArray f = keep.get(name);
            f.muli(g);
            Kernels.get().columnSums(f, dGamma);
            keep.release(name);
            g.muliRowVector(gamma);
        }
        return g;
    }

    private void drop(INDArray f, long batch, Kept keep) {
        INDArray factors = keep.take(name + "_factors", Form.REBUILT, f.dataType(), batch, 1);
        factors.assign(1);
        Kernels.get().dropout(factors, dropPath, key(), factors, null);
        perExample(f, batch).muliColumnVector(factors);
    }

    private long key() {
        return stepKey ^ name.hashCode() * 0x9E3779B97F4A7C15L;
    }

    private static INDArray perExample(INDArray rows, long batch) {
        return rows.reshape('c', batch, rows.length() / batch);
    }
}
