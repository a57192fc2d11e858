package org.revlayers.internal.backend;

import java.util.List;
import java.util.function.BiFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.executioner.DefaultOpExecutioner;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** An executioner that runs {@link JavaOp}s. ND4J's own ones hand them to the C++ library, which crashes. */
public interface RunsJavaOps {

    /**
     * Throws unless ND4J's executioner runs {@link JavaOp}s.
     *
     * @param op name of the op that is to run
     * @throws IllegalStateException with the remedy
     */
    static void require(String op) {
        OpExecutioner now = Nd4j.getExecutioner();
        if (now == null || now instanceof RunsJavaOps) {
            return;
        }
        String name = now.getClass().getName();
        boolean ours = name.startsWith("org.revlayers.");
        throw new IllegalStateException(
                "op " + op + " runs in Java, on an executioner of this library; ND4J has " + name
                        + (ours
                                ? " of another copy of this jar: put the jar beside ND4J's, not into each application"
                                : ": drop -Dopexec, or name org.revlayers.internal.backend.RevlayersCpuExecutioner (RevlayersCudaExecutioner with nd4j-cuda) there; a fat jar must merge"
                                        + " META-INF/services/org.nd4j.linalg.factory.Nd4jBackend (maven-shade-plugin:"
                                        + " ServicesResourceTransformer)"));
    }

    /** Runs an op of ours on this executioner, whose profiling hooks see it as any other; gives its outputs. */
    static INDArray[] run(DefaultOpExecutioner executioner, JavaOp op, OpContext context) {
        long start = executioner.profilingConfigurableHookIn(op, context);
        try {
            op.exec(context);
            return context.getOutputArrays().toArray(new INDArray[0]);
        } finally {
            executioner.profilingConfigurableHookOut(op, context, start);
        }
    }

    /** The outputs' shapes of an op: ours from itself, others from ND4J; within a session in C order. */
    static List<LongShapeDescriptor> shapes(
            CustomOp op, OpContext context, BiFunction<CustomOp, OpContext, List<LongShapeDescriptor>> others) {
        List<LongShapeDescriptor> shapes =
                op instanceof JavaOp ours ? ours.calculateOutputShape(context) : others.apply(op, context);
        return context == null ? shapes : shapes.stream().map(RunsJavaOps::inC).toList();
    }

    /**
     * A session's output in C order. ND4J's array cache, when an op asks for 'f' order, changes the letter of a cached array and leaves its strides, so that
     * readers take its elements for others; without a cached array it ignores the order, which is right.
     */
    private static LongShapeDescriptor inC(LongShapeDescriptor wanted) {
        return wanted.getOrder() == 'c' || wanted.isEmpty()
                ? wanted
                : LongShapeDescriptor.fromShape(
                        wanted.getShape(), Nd4j.getStrides(wanted.getShape(), 'c'), 1, 'c', wanted.dataType(), false);
    }
}
