package org.revlayers.internal.backend;

import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.ops.random.impl.Linspace;
import org.nd4j.linalg.api.ops.random.impl.Range;

/** Stock ops that cannot be computed a second time. */
public final class RandomOps {

    private static final String PACKAGE = "org.nd4j.linalg.api.ops.random.";

    private RandomOps() {}

    /** Whether an op draws numbers, other ones each time. */
    public static boolean isRandom(DifferentialFunction op) {
        return op.getClass().getName().startsWith(PACKAGE) && !(op instanceof Linspace) && !(op instanceof Range);
    }
}
