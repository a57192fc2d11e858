package org.revlayers.internal.op;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.op.base.RevOp;

/**
 * Backward of one sub-function of a {@link RevChain}: rebuilds the state in front of it, computes it again, and its gradients.
 *
 * <p>Inputs: the state behind it (that of the forward, or what the backward of the next sub-function rebuilt); side values; gradient of x; gradient
 * of y, but for the last sub-function of a chain whose yₙ is no output; for floating-point streams, the states that the forward kept; for integer streams,
 * the checksums; what the sub-function reads. Outputs: the state in front of it, {@code [2, ...]}; gradient of x; gradients of what is read and
 * wants one.
 */
public final class RevChainBp extends RevOp {

    private RevChain forward;
    private int block;
    private BitSet wanted;

    /** For a graph that is being loaded. */
    public RevChainBp() {
        super("reversible_chain_bp", 0);
    }

    private RevChainBp(RevChain forward, int block, BitSet wanted) {
        this();
        this.forward = forward;
        this.block = block;
        this.wanted = wanted;
        ChainArguments.write(forward.settings(), this);
        wanted.stream().forEach(this::addIArgument);
        addIArgument(wanted.cardinality(), block);
    }

    /**
     * In a gradient graph.
     *
     * @param made    outputs of the forward
     * @param rebuilt the state behind the sub-function, or null for the last
     * @param dy      gradient of y, or null if it is 0
     * @return its outputs
     */
    static SDVariable[] of(
            RevChain forward,
            int block,
            BitSet wanted,
            SDVariable[] made,
            SDVariable rebuilt,
            SDVariable dx,
            SDVariable dy) {
        Inputs which = new Inputs(forward.plan(forward.values(made[0].dataType()), null), block);
        List<SDVariable> inputs = new ArrayList<>();
        inputs.add(which.fromForward() ? made[1] : rebuilt);
        inputs.add(made[2]);
        inputs.add(dx);
        if (which.hasDy()) {
            inputs.add(dy);
        }
        if (which.hasStates()) {
            inputs.add(made[1]);
        }
        if (which.hasChecksum()) {
            inputs.add(made[3]);
        }
        forward.settings().blocks().get(block).inputs().forEach(i -> inputs.add(forward.arg(i)));
        return new RevChainBp(forward, block, wanted).of(inputs.toArray(new SDVariable[0]));
    }

    /** Which inputs there are: a matter of the chain and of the sub-function's place, not of the step. */
    private record Inputs(ChainPlan plan, int block) {
        boolean fromForward() {
            return plan.settings().checkpoint() || block == plan.size() - 1;
        }

        boolean hasDy() {
            return block < plan.size() - 1 || plan.settings().both();
        }

        boolean hasStates() {
            return !fromForward() && !plan.exact();
        }

        boolean hasChecksum() {
            return plan.proves();
        }

        int reads() {
            return 3 + (hasDy() ? 1 : 0) + (hasStates() ? 1 : 0) + (hasChecksum() ? 1 : 0);
        }

        boolean rebuilds() {
            return block > 0 && !plan.settings().checkpoint();
        }
    }

    private RevChain forward() {
        if (forward == null) {
            forward = withArguments(this, new RevChain());
            block = iArguments.get(iArguments.size() - 1).intValue();
            wanted = new BitSet();
            int count = iArguments.get(iArguments.size() - 2).intValue();
            for (int i = 0; i < count; i++) {
                wanted.set(iArguments.get(iArguments.size() - 3 - i).intValue());
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
        return 2 + wanted.cardinality();
    }

    @Override
    protected int firstValue() {
        return 2;
    }

    @Override
    protected boolean isDense(int input) {
        return input < 4;
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        ChainPlan plan = forward().plan(in.get(2), sameDiff);
        List<DataType> types = new ArrayList<>(List.of(plan.streamType(), in.get(2)));
        wanted.stream().forEach(k -> types.add(in.get(new Inputs(plan, block).reads() + k)));
        return types;
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray dx = in.get(2);
        Inputs which = new Inputs(forward().plan(dx.dataType(), sameDiff), block);
        List<LongShapeDescriptor> shapes = new ArrayList<>();
        DataType type = which.plan().streamType();
        shapes.add(which.rebuilds() ? shape(type, ChainRun.stacked(2, dx.shape())) : shape(type, 1));
        shapes.add(like(dx));
        wanted.stream().forEach(k -> shapes.add(like(in.get(which.reads() + k))));
        return shapes;
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        ChainRun run = forward().run(in[2].dataType(), sameDiff);
        Inputs which = new Inputs(run.plan(), block);
        List<Integer> reads = run.plan().settings().blocks().get(block).inputs();
        INDArray[] read = new INDArray[reads.stream().mapToInt(i -> i + 1).max().orElse(0)];
        for (int k = 0; k < reads.size(); k++) {
            read[reads.get(k)] = in[which.reads() + k];
        }
        int next = 3;
        INDArray dy = which.hasDy() ? in[next++] : null;
        INDArray kept = in[0];
        int slot = run.plan().settings().checkpoint() ? block : 0;
        if (which.hasStates() && run.plan().isAnchor(block + 1)) {
            kept = in[next];
            slot = run.plan().slot(block + 1);
        }
        next += which.hasStates() ? 1 : 0;
        INDArray[] d = new INDArray[out.length - 1];
        System.arraycopy(out, 1, d, 0, d.length);
        run.backward(
                block,
                read,
                wanted,
                kept,
                slot,
                in[1],
                which.hasChecksum() ? in[next] : null,
                in[2],
                dy,
                which.rebuilds() ? out[0] : null,
                d);
    }
}
