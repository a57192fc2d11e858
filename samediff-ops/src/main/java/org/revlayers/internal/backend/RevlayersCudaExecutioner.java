package org.revlayers.internal.backend;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.jcublas.ops.executioner.CudaExecutioner;

/**
 * ND4J's CUDA executioner that also runs {@link JavaOp}s: those queue kernels on the stream that ND4J's ops of the same thread run on.
 */
public class RevlayersCudaExecutioner extends CudaExecutioner implements RunsJavaOps {

    /** By ND4J. */
    public RevlayersCudaExecutioner() {
        CarefulInferenceFactory.bind();
    }

    @Override
    public INDArray[] exec(CustomOp op, OpContext context) {
        return op instanceof JavaOp ours ? RunsJavaOps.run(this, ours, context) : super.exec(op, context);
    }

    @Override
    public List<LongShapeDescriptor> calculateOutputShape(CustomOp op, OpContext context) {
        return RunsJavaOps.shapes(op, context, super::calculateOutputShape);
    }

    /** ND4J's holder of op classes reads this before it looks any op up by name: the moment to add ours. */
    @Override
    public Map<String, CustomOpDescriptor> getCustomOperations() {
        Map<String, CustomOpDescriptor> operations = super.getCustomOperations();
        OpCatalog.registerForHolder();
        return operations;
    }
}
