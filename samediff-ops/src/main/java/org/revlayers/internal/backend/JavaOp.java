package org.revlayers.internal.backend;

import java.util.List;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * A custom op whose work is done in Java (or in a native library of ours) instead of in ND4J's C++ library.
 *
 * <p>Its name must not be one of ND4J's: when SameDiff copies a graph it looks ops up by name, and would put the native op in place of
 * this one.
 */
public interface JavaOp extends CustomOp {

    /**
     * Runs the op.
     *
     * @param context holds the input arrays and the output arrays, allocated by the shapes of {@link #calculateOutputShape(OpContext)};
     *     the outputs are not initialised
     */
    void exec(OpContext context);

    /**
     * Types and shapes of all outputs, from the inputs alone.
     *
     * @param context holds the input arrays; null means that they are the op's own input arguments
     */
    List<LongShapeDescriptor> calculateOutputShape(OpContext context);
}
