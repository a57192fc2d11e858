package org.revlayers.internal.op;

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
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.op.base.RevAdd;

/**
 * A reversible dual-residual chain of n sub-functions, each a graph of its own, of whose activations nothing outlives the forward pass but the end
 * state and a few side bits.
 *
 * <pre>
 *   x₀ = input, y₀ = β·x₀ (or 0, or an input too)
 *   xᵢ = Fᵢ(xᵢ₋₁) + α·xᵢ₋₁ + yᵢ₋₁      yᵢ = β·xᵢ₋₁      value = xₙ
 *   backward, i = n … 1:  xᵢ₋₁ from yᵢ, Fᵢ and its gradients, yᵢ₋₁ = xᵢ − Fᵢ − α·xᵢ₋₁
 *                         dxᵢ₋₁ = Jᵢᵀ·dxᵢ + α·dxᵢ + β·dyᵢ,  dyᵢ₋₁ = dxᵢ
 * </pre>
 *
 * <p>Inputs: x, FLOAT, DOUBLE or HALF, of any shape, which every Fᵢ keeps; y₀ of x's shape if the settings say {@code pair} (both DOUBLE if they name
 * a {@code network}'s type: then integer streams pass unrounded); then what the Fᵢ read
 * (parameters and other variables), each once. Outputs: value of x's shape; states {@code [k, ...x's shape]}; side values, UINT8; checksums, INT64; yₙ
 * if the settings say {@code both}. Settings: {@link ChainSettings}. The Fᵢ run op by
 * op in a session of their own; the memory of one is given back before the next runs. The backward is one op per Fᵢ, so that a parameter's
 * gradient can be used and given back before the next is made.
 *
 * <p>FLOAT and HALF networks: integer streams, xᵢ·2^S in 32 bits, so the inverse is exact for every α and β. Kept for backward: 8 bytes per element (xₙ, yₙ),
 * ⌈log₂⌈1/β⌉⌉ side bits per element and Fᵢ (none at β = 1, 3 at β = 1/8), 8 bytes per Fᵢ. The gradients are exact; with FLOAT they are the same
 * bits as without the op. Checksums prove every rebuilt state.
 *
 * <p>DOUBLE networks, and where the settings say FLOAT or DOUBLE: floating-point streams. Kept: 8 or 16 bytes per element, and as much again for every
 * state that is kept ("anchor") because u·g^d, u = 2⁻²⁴ or 2⁻⁵³, would exceed the tolerance, g the error's growth per Fᵢ, d the distance to the next state that is kept.
 *
 * <p>With {@code checkpoint}: every Fᵢ's input is kept, nothing is inverted, β may be 0.
 *
 * <p>Errors: an Fᵢ that changes shape or type; a value beyond the streams' range, before anything of the step is updated; a state that
 * was not rebuilt, with the Fᵢ that gave other bits than in the forward, when parameters of the step may have been updated already. Not supported: loops and conditions inside an Fᵢ.
 *
 * <p>A function r in front of both edges (post-activation and post-norm networks), xᵢ = Fᵢ(rᵢ(xᵢ₋₁)) + α·rᵢ(xᵢ₋₁) + yᵢ₋₁, is part of the Fᵢ's
 * graph, and its edge too ({@link ChainUnit}'s EDGE): the Fᵢ then counts as one without residual edge here.
 *
 * <p>By γ ({@link org.revlayers.reversible.ChainForm}): xᵢ = (1 + γ)·Fᵢ(xᵢ₋₁) + (1 − γ)·xᵢ₋₁ + yᵢ₋₁, yᵢ = γ'·xᵢ₋₁, γ' being the next Fᵢ's; with random signs γ is
 * drawn by sample, along the first axis, from the chain's name and the step, and 0 without gradients.
 *
 * <p>{@code org.revlayers.graph.GraphChain} builds it. Sources: Dr2Net (arXiv 2401.04105), Re2TAL (arXiv 2211.14053), RevNet
 * (arXiv 1707.04585), BDIA (arXiv 2407.09093), which reverses exactly by fixed-point numbers and a side bit too, as bitwise reversible integrators do;
 * the streams for any α and β, with the fewest side bits, are this library's.
 */
public final class RevChain extends ChainOp {

    private static final int OUTPUTS = 4;

    private List<SubGraph> programs;

    /** For a graph that is being loaded. */
    public RevChain() {
        super("reversible_chain", OUTPUTS);
    }

    /** That is in no graph yet. */
    public RevChain(ChainSettings settings) {
        this();
        ChainArguments.write(settings, this);
    }

    /** A part of a graph in letters, for {@link ChainSettings#programs}. */
    public static String encode(SameDiff graph) {
        return SubGraph.encode(graph);
    }

    /** What {@link #encode} has put in letters. */
    public static SameDiff decode(String program) {
        return SubGraph.decode(program);
    }

    @Override
    public int getNumOutputs() {
        return OUTPUTS + (ChainArguments.isBoth(iArguments) ? 1 : 0);
    }

    /** The network's type, of the type of the streams. */
    DataType values(DataType streams) {
        return settings().network() == null ? streams : settings().network();
    }

    ChainRun run(DataType values, SameDiff graph) {
        if (programs == null) {
            programs = settings().programs().stream().map(SubGraph::new).toList();
        }
        return new ChainRun(
                plan(values, graph),
                programs,
                new SubGraph.Phase(
                        GraphPhase.isTraining(graph), graph == null ? null : graph.getTrainingConfig(), step(graph)));
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        INDArray x = in.get(0);
        ChainPlan plan = plan(values(x.dataType()), sameDiff);
        boolean training = GraphPhase.isTraining(sameDiff);
        long side = training ? plan.size() * plan.sideBytes(x.length()) : 0;
        List<LongShapeDescriptor> shapes = new ArrayList<>(List.of(
                like(x),
                shape(plan.stateType(), ChainRun.stacked(plan.states(), x.shape())),
                shape(DataType.UINT8, Math.max(1, side)),
                shape(DataType.INT64, training && plan.proves() ? plan.size() : 1)));
        if (settings().both()) {
            shapes.add(like(x));
        }
        return shapes;
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        DataType states = plan(values(in.get(0)), sameDiff).stateType();
        List<DataType> types = new ArrayList<>(List.of(in.get(0), states, DataType.UINT8, DataType.INT64));
        if (settings().both()) {
            types.add(in.get(0));
        }
        return types;
    }

    @Override
    protected boolean isDense(int input) {
        return input < streams();
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        run(values(in[0].dataType()), sameDiff)
                .forward(in, out[0], out[1], out[2], out[3], settings().both() ? out[OUTPUTS] : null);
    }

    /** How many of the inputs are streams. */
    private int streams() {
        return settings().pair() ? 2 : 1;
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable[] made = outputVariables();
        SDVariable dx = cast(gradients.get(0), settings().network());
        SDVariable dy =
                settings().both() ? cast(gradients.get(OUTPUTS), settings().network()) : null;
        SDVariable rebuilt = null;
        TreeMap<Integer, SDVariable> all = new TreeMap<>();
        for (int i = settings().blocks().size() - 1; i >= 0; i--) {
            BitSet wanted = wanted(i);
            SDVariable[] d = RevChainBp.of(this, i, wanted, made, rebuilt, dx, dy);
            rebuilt = d[0];
            dy = dx;
            dx = d[1];
            int at = 2;
            for (int k = wanted.nextSetBit(0); k >= 0; k = wanted.nextSetBit(k + 1)) {
                all.merge(settings().blocks().get(i).inputs().get(k), d[at++], RevAdd::sum);
            }
        }
        List<SDVariable> list = new ArrayList<>(List.of(settings().network() == null ? dx : cast(dx, DataType.DOUBLE)));
        if (settings().pair()) {
            list.add(sameDiff.identity(settings().network() == null ? dy : cast(dy, DataType.DOUBLE)));
        }
        for (int i = 0; i < streams(); i++) { // a sub-function may read the chain's input itself
            SDVariable read = all.remove(i);
            list.set(i, read == null ? list.get(i) : RevAdd.sum(list.get(i), read));
        }
        for (int i = streams(); !all.isEmpty() && i <= all.lastKey(); i++) {
            list.add(all.containsKey(i) ? all.get(i) : sameDiff.zerosLike(arg(i)));
        }
        return list;
    }

    private static SDVariable cast(SDVariable value, DataType type) {
        return type == null || type == value.dataType() ? value : value.castTo(type);
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
