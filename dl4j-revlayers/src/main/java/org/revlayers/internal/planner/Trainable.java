package org.revlayers.internal.planner;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Exactness;

/** What a plan is made for. */
public interface Trainable {

    /**
     * Measures; it is not changed.
     *
     * @param reversible how units are reversible
     * @param disk       whether answers that use one are measured, too
     */
    NetworkFigures measure(Batch batch, Exactness allowed, Memory reversible, boolean disk);

    /** Bytes of its parameters. */
    long weightBytes();

    /** Bytes of its updater's state. */
    long stateBytes();

    /** Whether what it computes in training depends on which examples are together. */
    boolean hasBatchNormalization();

    /** Whether a plan is tried in real steps, and what it took beyond what was predicted counts for the next one: where the order of computation is not ours. */
    boolean isTried();

    /** Bytes of an array. */
    static long bytes(@Nullable INDArray array) {
        return array == null ? 0 : array.length() * array.dataType().width();
    }
}
