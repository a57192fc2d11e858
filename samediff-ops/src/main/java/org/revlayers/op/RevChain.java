package org.revlayers.op;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.backend.GraphPhase;
import org.revlayers.kernel.Kernels;

/**
 * A reversible dual-residual chain of sub-functions, each a graph of its own, of whose activations nothing outlives the forward pass but the
 * end state and a few side bits.
 */
public final class RevChain extends RevOp {

    /** The op's name in a saved graph. */
    public static final String NAME = "reversible_chain";

    private static final int OUTPUTS = 4;

    private ChainSettings settings;
    private List<SubGraph> programs;

    /** For a graph that is being loaded. */
    public RevChain() {
        super(OUTPUTS);
    }

    /**
     * In a graph.
     *
     * @param inputs x, then what the sub-functions read
     */
    public RevChain(SDVariable[] inputs, ChainSettings settings) {
        super(OUTPUTS, inputs);
        settings.writeTo(this);
    }

    /** A part of a graph in letters, for {@link ChainSettings#programs}. */
    public static String encode(SameDiff graph) {
        return SubGraph.encode(graph);
    }

    /** One with the arguments of a backward that is being loaded. */
    static RevChain like(RevChainBp backward) {
        RevChain chain = new RevChain();
        chain.addIArgument(backward.iArgs());
        chain.addTArgument(backward.tArgs());
        chain.addSArgument(backward.sArgs());
        return chain;
    }

    @Override
    public String opName() {
        return NAME;
    }

    ChainSettings settings() {
        if (settings == null) {
            settings = ChainSettings.readFrom(this);
            programs = settings.programs().stream().map(SubGraph::new).toList();
        }
        return settings;
    }

    ChainPlan plan(DataType values, SameDiff graph) {
        return new ChainPlan(settings(), settings().coefficients().at(GraphPhase.step(graph)), values);
    }

    ChainRun run(DataType values, SameDiff graph) {
        return new ChainRun(
                plan(values, graph),
                programs,
                GraphPhase.isTraining(graph),
                graph == null ? null : graph.getTrainingConfig());
    }

    @Override
    List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        ChainPlan plan = plan(x.dataType(), sameDiff);
        long side = GraphPhase.isTraining(sameDiff) ? plan.size() * plan.sideBytes(x.length()) : 0;
        return List.of(
                like(x),
                shape(plan.stateType(), ChainRun.stacked(plan.states(), x.shape())),
                shape(DataType.UINT8, Math.max(1, side)),
                shape(DataType.INT64, 1));
    }

    @Override
    List<DataType> types(List<DataType> in) {
        return List.of(in.get(0), plan(in.get(0), sameDiff).stateType(), DataType.UINT8, DataType.INT64);
    }

    @Override
    boolean isDense(int input) {
        return input == 0;
    }

    @Override
    void run(Kernels kernels, INDArray[] in, INDArray[] out) {
        run(in[0].dataType(), sameDiff).forward(in, out[0], out[1], out[2], out[3]);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] made = outputVariables();
        SDVariable dx = gradients.get(0);
        SDVariable dy = null;
        SDVariable rebuilt = null;
        TreeMap<Integer, SDVariable> all = new TreeMap<>();
        for (int i = settings().blocks().size() - 1; i >= 0; i--) {
            BitSet wanted = wanted(i);
            RevChainBp backward = RevChainBp.of(this, i, wanted, made, rebuilt, dx, dy);
            SDVariable[] d = backward.outputVariables();
            rebuilt = d[0];
            dy = dx;
            dx = d[1];
            int at = 2;
            for (int k = wanted.nextSetBit(0); k >= 0; k = wanted.nextSetBit(k + 1)) {
                all.merge(settings().blocks().get(i).inputs().get(k), d[at++], RevOps::add);
            }
        }
        List<SDVariable> list = new ArrayList<>(List.of(dx));
        for (int i = 1; !all.isEmpty() && i <= all.lastKey(); i++) {
            list.add(all.containsKey(i) ? all.get(i) : sameDiff.zerosLike(arg(i)));
        }
        return list;
    }

    /** Of what a sub-function reads, that which may need a gradient. */
    private BitSet wanted(int block) {
        BitSet wanted = new BitSet();
        List<Integer> inputs = settings().blocks().get(block).inputs();
        for (int k = 0; k < inputs.size(); k++) {
            SDVariable read = arg(inputs.get(k));
            wanted.set(k, read.dataType().isFPType() && read.getVariableType() != VariableType.CONSTANT);
        }
        return wanted;
    }
}
