package org.revlayers.internal.inner;

import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How one configuration learns.
 *
 * @param parameters   length of its parameters
 * @param gradientView takes its gradient view
 * @param constraints  applies its constraints
 */
record Trained(long parameters, Consumer<INDArray> gradientView, Constraints constraints) {

    /** As DL4J applies constraints after each update. */
    @FunctionalInterface
    interface Constraints {
        /** For a configuration without constraints. */
        Constraints NONE = (iteration, epoch) -> {};

        void apply(int iteration, int epoch);
    }
}
