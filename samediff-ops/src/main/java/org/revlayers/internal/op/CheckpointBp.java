package org.revlayers.internal.op;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.op.base.RevOp;

/**
 * Backward of a {@link CheckpointOp}: computes the part again, and its gradients.
 *
 * <p>Inputs: x; gradient of y; what the part reads besides. Outputs: gradient of x; gradients of what is read and wants one, 0 where the part does not depend
 * on it.
 */
public final class CheckpointBp extends RevOp {

    private CheckpointOp forward;
    private BitSet wanted;

    /** For a graph that is being loaded. */
    public CheckpointBp() {
        super("rev_checkpoint_bp", 0);
    }

    private CheckpointBp(CheckpointOp forward, BitSet wanted) {
        this();
        this.forward = forward;
        this.wanted = wanted;
        ChainArguments.write(forward.settings(), this);
        wanted.stream().forEach(this::addIArgument);
        addIArgument(wanted.cardinality());
    }

    /**
     * In a gradient graph.
     *
     * @param read receives the gradients of what is read, by number
     * @return that of x
     */
    static SDVariable of(CheckpointOp forward, BitSet wanted, SDVariable dy, Map<Integer, SDVariable> read) {
        List<SDVariable> inputs = new ArrayList<>(List.of(forward.args()));
        inputs.add(1, dy);
        SDVariable[] d = new CheckpointBp(forward, wanted).of(inputs.toArray(new SDVariable[0]));
        int at = 1;
        for (int k = wanted.nextSetBit(0); k >= 0; k = wanted.nextSetBit(k + 1)) {
            read.put(k, d[at++]);
        }
        return d[0];
    }

    private CheckpointOp forward() {
        if (forward == null) {
            forward = withArguments(this, new CheckpointOp());
            wanted = new BitSet();
            int last = iArguments.size() - 1;
            for (int i = 1; i <= iArguments.get(last); i++) {
                wanted.set(iArguments.get(last - i).intValue());
            }
        }
        return forward;
    }

    @Override
    public int getNumOutputs() {
        if (forward == null && iArguments.isEmpty()) {
            return 0;
        }
        forward();
        return 1 + wanted.cardinality();
    }

    @Override
    protected boolean isDense(int input) {
        return input == 1;
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        forward();
        List<DataType> types = new ArrayList<>(List.of(in.get(0)));
        wanted.stream().forEach(k -> types.add(in.get(2 + k)));
        return types;
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        forward();
        List<LongShapeDescriptor> shapes = new ArrayList<>(List.of(like(in.get(0))));
        wanted.stream().forEach(k -> shapes.add(like(in.get(2 + k))));
        return shapes;
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        try (StepMemory memory = StepMemory.open()) {
            forward()
                    .program()
                    .gradients(
                            in[0],
                            List.of(in).subList(2, in.length),
                            in[1],
                            wanted,
                            out,
                            forward().phase(sameDiff),
                            memory);
        }
    }
}
