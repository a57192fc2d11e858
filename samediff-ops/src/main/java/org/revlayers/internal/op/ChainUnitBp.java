package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.internal.reversible.StreamGradients;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.Coefficients;

/** Backward of a {@link ChainUnit}. Inputs: the gradients of its outputs. Outputs: those of its inputs, computed in the network's type. */
public final class ChainUnitBp extends RevOp {

    private ChainUnit forward;

    /** For a graph that is being loaded. */
    public ChainUnitBp() {
        super("chain_unit_bp", 0);
    }

    /** That is in no graph yet. */
    ChainUnitBp(ChainUnit forward) {
        this();
        this.forward = forward;
        withArguments(forward, this);
    }

    private ChainUnit forward() {
        if (forward == null) {
            forward = withArguments(this, new ChainUnit());
        }
        return forward;
    }

    @Override
    public int getNumOutputs() {
        return iArguments.isEmpty() ? 0 : forward().kind().inputs;
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        DataType type = forward().type();
        return switch (forward().kind()) {
            case START, WEIGH -> List.of(type);
            case SPLIT -> List.of(DataType.DOUBLE, DataType.DOUBLE);
            case JOIN -> List.of(type, DataType.DOUBLE, DataType.DOUBLE);
            case END -> List.of(DataType.DOUBLE);
            case EDGE, PAIR -> List.of(type, type);
        };
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        return types(List.of()).stream().map(t -> shape(t, in.get(0).shape())).toList();
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        ChainJoin join = forward().join(sameDiff);
        Coefficients c = join.c();
        try (StepMemory memory = StepMemory.open()) {
            INDArray[] d = new INDArray[in.length];
            for (int i = 0; i < in.length; i++) {
                d[i] = memory.take(forward().type(), in[i].shape()).assign(in[i]);
            }
            switch (forward().kind()) {
                case START -> {
                    StreamGradients.begin(d[0], forward().settings().first(c), d[1], out[0]);
                }
                case SPLIT -> {
                    // α here and not in JOIN, so that it is rounded once
                    join.before(d[0], d[1], forward().isLast() ? null : d[3], d[0]);
                    out[0].assign(d[0]);
                    out[1].assign(d[2]);
                }
                case JOIN -> {
                    out[2].assign(d[0]);
                    out[1].assign(d[0]);
                    out[0].assign(join.valueGradient(d[0], memory));
                }
                case WEIGH -> out[0].assign(d[0].muli(c.weight()));
                case PAIR -> {
                    out[0].assign(d[0]);
                    out[1].assign(d[1]);
                }
                case EDGE -> {
                    if (join.twoStep() == null) {
                        out[0].assign(d[0]);
                        out[1].assign(d[0].muli(c.alpha()));
                    } else {
                        join.twoStep().joinBackward(join.place(), d[0], out[0]);
                        join.twoStep().edgeBackward(join.place(), TwoStep.Edge.AROUND, out[1].assign(0), d[0]);
                    }
                }
                default -> out[0].assign(d[0]);
            }
        }
    }
}
