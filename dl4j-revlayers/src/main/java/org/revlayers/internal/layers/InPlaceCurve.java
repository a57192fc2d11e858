package org.revlayers.internal.layers;

import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMin;
import org.nd4j.linalg.api.ops.impl.transforms.strict.ELU;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.kernel.activation.ActivationKernels;
import org.revlayers.internal.memory.Arena;

/** z = f(v) for an {@link InPlaceFunction}, its derivative and its inverse from z. */
@RequiredArgsConstructor
public final class InPlaceCurve {

    /** Where ln(z + 1) is still finite in single precision: an ELU below −16.6 counts as that. */
    private static final double LEAST = -1 + 0x1p-24;

    private final InPlaceRule rule;

    /** f, in place. */
    public void apply(INDArray v) {
        switch (rule.function()) {
            case IDENTITY -> {} // it is v
            case RELU -> ActivationKernels.get().relu(v, v, null);
            case LEAKY_RELU -> leaky(v, rule.slope(), v);
            case ELU -> Nd4j.exec(new ELU(v, v, 1));
        }
    }

    /** max(x, 0) − max(−slope·x, 0): M2.1's own ops for leaky ReLUs and their derivatives take four and eight times as long. May be in place. */
    private static void leaky(INDArray x, double slope, INDArray to) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray negative = scratch.take(x.dataType(), x.shape());
            x.muli(-slope, negative);
            ActivationKernels.get().relu(negative, negative, null);
            ActivationKernels.get().relu(x, to, null);
            to.subi(negative);
        }
    }

    /**
     * Gradient of v.
     *
     * @param dx may be written; not dy
     * @return dx, or dy itself if it is the same
     */
    public INDArray cut(INDArray z, INDArray dy, INDArray dx) {
        switch (rule.function()) {
            case IDENTITY -> {
                return dy;
            }
            case RELU -> ActivationKernels.get().reluBackward(z, dy, dx);
            case LEAKY_RELU -> { // (1 − a)·dz where z > 0, and a·dz
                try (Arena.Scratch scratch = Arena.current().scratch()) {
                    INDArray all = scratch.take(dy.dataType(), dy.shape());
                    ActivationKernels.get().reluBackward(z, dy, dx);
                    dx.muli(1 - rule.slope()).addi(dy.muli(rule.slope(), all));
                }
            }
            case ELU -> {
                try (Arena.Scratch scratch = Arena.current().scratch()) {
                    INDArray slope = scratch.take(z.dataType(), z.shape());
                    Nd4j.exec(new ScalarMin(z, null, slope, 0));
                    slope.addi(1).muli(dy, dx);
                }
            }
        }
        return dx;
    }

    /** Whether z is v where the gradient of v is not 0. */
    public boolean isOwnInverse() {
        return rule.function() == InPlaceFunction.IDENTITY || rule.function() == InPlaceFunction.RELU;
    }

    /** v of z, into another array. */
    public void invert(INDArray z, INDArray v) {
        switch (rule.function()) {
            case IDENTITY, RELU -> v.assign(z);
            case LEAKY_RELU -> leaky(z, 1 / rule.slope(), v);
            case ELU -> {
                Nd4j.exec(new ScalarMin(z, null, v, 0));
                Nd4j.exec(new ScalarMax(v, null, v, LEAST));
                Nd4j.exec(new Log1p(v, v));
                try (Arena.Scratch scratch = Arena.current().scratch()) {
                    INDArray positive = scratch.take(z.dataType(), z.shape());
                    Nd4j.exec(new ScalarMax(z, null, positive, 0));
                    v.addi(positive);
                }
            }
        }
    }
}
