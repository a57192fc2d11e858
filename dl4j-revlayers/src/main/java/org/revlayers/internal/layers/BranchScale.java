package org.revlayers.internal.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormInput;

/**
 * What may stand between a residual branch and the addition: LayerScale (a factor per feature) and drop path (a factor per example, 0 or
 * 1/(1−p)). Drop path draws from a counter-based generator keyed by seed, iteration, layer and branch, so that it can be drawn again.
 *
 * @param name     of the branch
 * @param gamma    {@code [features]}, or null
 * @param dropPath probability
 * @param stepKey  tells this layer in this step from all others
 * @param learns   whether somebody wants gamma's gradient; if not, the branch is not kept, unless forward is to be the same with a thinned one
 */
public record BranchScale(String name, INDArray gamma, double dropPath, long stepKey, boolean learns) {

    private static final String FACTORS = "_factors";

    public BranchScale(String name, INDArray gamma, double dropPath, long stepKey) {
        this(name, gamma, dropPath, stepKey, true);
    }

    public boolean isIdentity(boolean training) {
        return gamma == null && (dropPath == 0 || !training);
    }

    /** The norm's input for sum = x + scaled(f + bias); writes {@code sum} unless the norm's own pass does. */
    public NormInput join(
            INDArray f, INDArray bias, INDArray x, INDArray sum, boolean training, ActivationStore store) {
        if (isIdentity(training)) {
            return new NormInput(f, bias, x, sum);
        }
        LinearKernels.get().addBias(f, bias);
        apply(f, training, store);
        return new NormInput(f, null, x, sum);
    }

    /** y += scaled(f + bias); f is overwritten. */
    public void add(INDArray f, INDArray bias, INDArray y, boolean training, ActivationStore store) {
        LinearKernels.get().addBias(f, bias);
        apply(f, training, store);
        y.addi(f);
    }

    /** Scales f in place. */
    public void apply(INDArray f, boolean training, ActivationStore store) {
        if (gamma != null) {
            if (store.isThinned()) {
                store.thin(name, f);
            } else if (learns) {
                store.take(name, f.dataType(), f.shape()).assign(f);
            }
            f.muliRowVector(gamma);
        }
        if (training && dropPath > 0) {
            drop(f, store);
        }
    }

    /** Gradient of f: dy itself where nothing scales, else a scratch array; writes LayerScale's gradient. */
    public INDArray backward(INDArray dy, INDArray dGamma, ActivationStore store) {
        INDArray factors = store.keep().get(name + FACTORS);
        if (gamma == null && factors == null) {
            return dy;
        }
        INDArray g = store.scratch().take(dy.dataType(), dy.shape());
        g.assign(dy);
        if (factors != null) {
            store.perExample(g).muliColumnVector(factors);
            store.keep().release(name + FACTORS);
        }
        if (gamma != null) {
            if (learns || store.isThinned()) {
                gammaGradient(g, dGamma, store);
            }
            g.muliRowVector(gamma);
        }
        return g;
    }

    private void gammaGradient(INDArray g, INDArray dGamma, ActivationStore store) {
        INDArray f = store.recall(name, g.dataType(), g.shape());
        if (dGamma != null) {
            f.muli(g);
            LinearKernels.get().columnSums(f, dGamma);
        }
        store.forget(name, f);
    }

    private void drop(INDArray f, ActivationStore store) {
        INDArray factors = store.keep().take(name + FACTORS, Form.REBUILT, f.dataType(), store.batch(), 1);
        factors.assign(1);
        ActivationKernels.get().dropout(factors, dropPath, key(), factors, null);
        store.perExample(f).muliColumnVector(factors);
    }

    private long key() {
        return stepKey ^ name.hashCode() * 0x9E3779B97F4A7C15L;
    }
}
