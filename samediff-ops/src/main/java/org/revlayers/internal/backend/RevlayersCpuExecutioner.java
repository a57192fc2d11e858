package org.revlayers.internal.backend;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.cpu.nativecpu.ops.NativeOpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/**
 * ND4J's CPU executioner that also runs {@link JavaOp}s; every other op goes to the C++ library as before. Profiling hooks (NaN panic,
 * op timing) see both kinds.
 */
public class RevlayersCpuExecutioner extends NativeOpExecutioner implements RunsJavaOps {

    /** By ND4J. */
    public RevlayersCpuExecutioner() {
        CarefulInferenceFactory.bind();
    }

    @Override
    public INDArray[] exec(CustomOp op, OpContext context) {
        if (!(op instanceof JavaOp)) {
            return super.exec(op, context);
        }
        long start = profilingConfigurableHookIn(op, context);
        try {
            ((JavaOp) op).exec(context);
            return context.getOutputArrays().toArray(new INDArray[0]);
        } finally {
            profilingConfigurableHookOut(op, context, start);
        }
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(CustomOp op, OpContext context) {
        List<LongShapeDescriptor> shapes = op instanceof JavaOp ours
                ? ours.calculateOutputShape(context)
                : super.calculateOutputShape(op, context);
        return context == null
                ? shapes
                : shapes.stream().map(RevlayersCpuExecutioner::inC).toList();
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

    /** ND4J's holder of op classes reads this before it looks any op up by name: the moment to add ours. */
    @Override
    public Map<String, CustomOpDescriptor> getCustomOperations() {
        Map<String, CustomOpDescriptor> operations = super.getCustomOperations();
        OpCatalog.registerForHolder();
        return operations;
    }
}
