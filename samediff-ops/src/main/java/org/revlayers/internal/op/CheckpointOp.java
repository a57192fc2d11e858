package org.revlayers.internal.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * A part of a graph that is computed again in backward: y = F(x; p), of whose activations none outlives the forward pass.
 *
 * <p>Inputs: x, FLOAT, DOUBLE or HALF, of any shape; what F reads besides (parameters and other variables), each once. Output: y, of x's type, with the bits
 * that F's ops give. Kept for backward: x, which the graph holds; nothing of its own. The gradients are exact, with the same bits as without the op but for what several
 * parts read, whose gradients are added up in another order. What F computes lives while it runs, in forward and once more in backward.
 *
 * <p>The shape of y is that of a first run: of a new shape of the inputs, F runs once more.
 *
 * <p>Errors: an F whose values have other shapes from step to step with inputs of the same shapes. Not supported: loops and conditions inside F.
 *
 * <p>Settings: those of a {@link RevChain} of one sub-function without residual edge at (α, β) = (1, 0), whose way back they share. Source: Chen et al. 2016
 * (arXiv 1604.06174).
 */
public final class CheckpointOp extends ChainOp {

    private SubGraph program;
    private final Map<List<List<Long>>, LongShapeDescriptor> known = new ConcurrentHashMap<>();

    /** For a graph that is being loaded. */
    public CheckpointOp() {
        super("rev_checkpoint", 1);
    }

    private CheckpointOp(ChainSettings settings) {
        this();
        ChainArguments.write(settings, this);
    }

    /**
     * Puts a part of a graph behind what it is a part of; the graph's own ops of it are left.
     *
     * @param name of the part, for the way back
     * @param x    name of its input
     * @return its value
     */
    public static SDVariable of(SameDiff sd, String name, String x, GraphCut part) {
        List<Integer> reads = new ArrayList<>();
        List<SDVariable> inputs = new ArrayList<>(List.of(sd.getVariable(x)));
        for (String read : part.reads()) {
            reads.add(inputs.size());
            inputs.add(sd.getVariable(read));
        }
        ChainSettings.Block block = new ChainSettings.Block(name, 0, TwoStep.Edge.INSIDE, reads, part.values());
        ChainSettings settings = ChainSettings.of(
                        name, CoefficientSchedule.constant(1, 0).table())
                .with(List.of(block), List.of(SubGraph.encode(part.graph())));
        return new CheckpointOp(settings).of(inputs.toArray(new SDVariable[0]))[0];
    }

    SubGraph program() {
        if (program == null) {
            program = new SubGraph(settings().programs().get(0));
        }
        return program;
    }

    SubGraph.Phase phase(SameDiff graph) {
        return new SubGraph.Phase(
                GraphPhase.isTraining(graph), graph == null ? null : graph.getTrainingConfig(), step(graph));
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        List<List<Long>> key = in.stream()
                .map(array -> Arrays.stream(array.shape()).boxed().toList())
                .toList();
        return List.of(known.computeIfAbsent(key, k -> run(in)));
    }

    private LongShapeDescriptor run(List<INDArray> in) {
        try (StepMemory memory = StepMemory.open()) {
            return like(value(in.toArray(new INDArray[0]), null, memory));
        }
    }

    private INDArray value(INDArray[] in, @Nullable INDArray out, StepMemory memory) {
        return program().forward(in[0], List.of(in).subList(1, in.length), out, phase(sameDiff), memory);
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return List.of(in.get(0));
    }

    @Override
    protected boolean isDense(int input) {
        return false;
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        try (StepMemory memory = StepMemory.open()) {
            INDArray y = value(in, out[0], memory);
            if (!y.equalShapes(out[0])) {
                throw new IllegalArgumentException("checkpoint \"" + settings().name()
                        + "\" needs values of one shape for inputs of the same shapes, and got "
                        + Arrays.toString(out[0].shape()) + " before and "
                        + Arrays.toString(y.shape()) + " now: leave this part of the graph stored");
            }
            if (y != out[0]) {
                out[0].assign(y);
            }
        }
    }

    /** Where nothing that is trained is behind an input, such as a mask, an op of its own has the gradient: it does not run unless somebody asks for it. */
    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] in = args();
        BitSet trained = new BitSet();
        BitSet others = new BitSet();
        for (int i = 1; i < in.length; i++) {
            boolean wanted = in[i].dataType().isFPType() && in[i].getVariableType() != VariableType.CONSTANT;
            (GraphCut.needs(sameDiff, in[i].name(), SameDiffInternals::isTrained) ? trained : others)
                    .set(i - 1, wanted);
        }
        Map<Integer, SDVariable> read = new HashMap<>();
        SDVariable dx = CheckpointBp.of(this, trained, gradients.get(0), read);
        if (!others.isEmpty()) {
            CheckpointBp.of(this, others, gradients.get(0), read);
        }
        List<SDVariable> list = new ArrayList<>(List.of(dx));
        for (int i = 1; i < in.length; i++) {
            list.add(read.containsKey(i - 1) ? read.get(i - 1) : sameDiff.zerosLike(in[i]));
        }
        return list;
    }
}
