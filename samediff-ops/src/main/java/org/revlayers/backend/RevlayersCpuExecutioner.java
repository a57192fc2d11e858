package org.revlayers.backend;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.cpu.nativecpu.ops.NativeOpExecutioner;

/**
 * ND4J's CPU executioner that also runs {@link JavaOp}s; every other op goes to the C++ library as before. Profiling hooks (NaN panic,
 * op timing) see both kinds.
 */
public class RevlayersCpuExecutioner extends NativeOpExecutioner {

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
        return op instanceof JavaOp
                ? ((JavaOp) op).calculateOutputShape(context)
                : super.calculateOutputShape(op, context);
    }

    /** ND4J reads this before it looks any op up by name: the moment to add ours. */
    @Override
    public Map<String, CustomOpDescriptor> getCustomOperations() {
        Map<String, CustomOpDescriptor> operations = super.getCustomOperations();
        OpCatalog.register();
        return operations;
    }
}
