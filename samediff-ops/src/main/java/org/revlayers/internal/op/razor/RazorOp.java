package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * Forward of an op of Back Razor: ND4J's own op on the dense activation, whose bits it gives, and beside it a copy of the activation that is
 * thinned for backward ({@link org.revlayers.internal.kernel.razor.RazorKernels}). A sample is an index of the activation's first axis.
 *
 * <p>Outputs: the results, then the arrays of each copy that the op makes itself ({@link RazorCopy}). If another razor op of the graph has
 * thinned the same variable in the same way, its copy is read and no second one made, unless that op waits for other computed values. Settings: prune, how values are stored, the source of
 * each copy ({@link RazorInputs}); then those of the op. Dropped elements count as 0 unless {@link #fill} says otherwise.
 */
public abstract class RazorOp extends RevOp {

    RazorOp(String name) {
        super(name, 0);
    }

    /** Says how activations are thinned; first of all settings. */
    final void thin(double prune, RazorValues values) {
        addTArgument(new RazorCopy(prune, values, RazorFill.ZERO).prune());
        addIArgument(values.ordinal());
    }

    /** What dropped elements count as in backward; before the op is applied. With means another n/8 bytes and 8 bytes a sample are kept of n elements. */
    public final RazorOp fill(RazorFill fill) {
        if (fill != RazorFill.ZERO) { // ops of before there was a choice say nothing
            addTArgument(fill.ordinal());
        }
        return this;
    }

    @Override
    protected final SDVariable[] arguments(SDVariable... in) {
        RazorInputs found = inputs(in);
        addSources(found.sources());
        appliedTo((Object[]) in);
        return found.args();
    }

    @Override
    protected final INDArray[] arguments(INDArray... in) {
        addSources(RazorInputs.own(copies()));
        appliedTo((Object[]) in);
        return super.arguments(in);
    }

    private void addSources(long... sources) {
        iArguments.addAll(1, Arrays.stream(sources).boxed().toList());
    }

    /** Finds the copies that are there already. */
    RazorInputs inputs(SDVariable... in) {
        return RazorInputs.of(copy(), new boolean[] {true}, in);
    }

    /** Notes what of the operands is there; absent ones are null. */
    void appliedTo(Object... in) {
        // as much as it has to be
    }

    /** Whether copies are made: in inference nobody reads them, and an element stands for each array. */
    private boolean thins() {
        return sameDiff == null || GraphPhase.isTraining(sameDiff);
    }

    /** How many activations the backward reads. */
    int copies() {
        return 1;
    }

    /** Shapes of the results. */
    abstract List<LongShapeDescriptor> results(List<INDArray> in);

    /** Types of the results. */
    List<DataType> resultTypes(DataType type) {
        return List.of(type);
    }

    /** Computes the results; inputs are in any layout. */
    abstract void compute(INDArray[] in, INDArray[] out);

    /** What is thinned for a copy; it has the shape of input {@code copy} in any case. */
    INDArray activation(int copy, INDArray[] in, INDArray[] out) {
        return in[copy];
    }

    /** The variable that is thinned for a copy. */
    SDVariable activation(int copy) {
        return arg(copy);
    }

    /** What the backward reads besides the gradient and the copies. */
    List<SDVariable> reads() {
        return List.of();
    }

    /** ND4J's own op on the variables that this one computes from, beside it in the graph; its value. */
    public abstract SDVariable stock();

    /** The backward op: of dy, {@link #reads}, the copies; without settings. */
    abstract RazorBp gradient();

    /** The backward op with the settings of this one, which has been applied. */
    public final RazorBp backward() {
        return withArguments(this, gradient());
    }

    final RazorCopy copy() {
        return copy(this);
    }

    static RazorCopy copy(RevOp op) {
        RazorFill fill =
                op.numTArguments() > 1 ? RazorFill.values()[op.getTArgument(1).intValue()] : RazorFill.ZERO;
        return new RazorCopy(
                op.getTArgument(0), RazorValues.values()[op.getIArgument(0).intValue()], fill);
    }

    /** Where a copy comes from, as an op was set up. */
    static long source(RevOp op, int copy) {
        return op.getIArgument(1 + copy);
    }

    /**
     * The copy of this variable that this op makes. Empty if it makes none, or if it waits for other computed values: they may depend on the op
     * that wants to read the copy.
     */
    final List<SDVariable> made(String variable) {
        boolean waits = !result(0).name().equals(variable)
                && Arrays.stream(args(), 0, computed())
                        .anyMatch(a -> !a.name().equals(variable) && a.getVariableType() == VariableType.ARRAY);
        for (int i = 0; i < copies() && !waits; i++) {
            if (source(this, i) == RazorInputs.OWN && activation(i).name().equals(variable)) {
                return copyOf(i);
            }
        }
        return List.of();
    }

    /** The variables that hold a copy, own ones or given ones, or the activation itself. */
    private List<SDVariable> copyOf(int copy) {
        long source = source(this, copy);
        if (source == RazorInputs.DENSE) {
            return List.of(activation(copy));
        }
        int before = 0;
        for (int i = 0; i < copy; i++) {
            before += source(this, i) == source ? copy().arrays() : 0;
        }
        List<SDVariable> found = new ArrayList<>();
        for (int i = before; i < before + copy().arrays(); i++) {
            found.add(
                    source == RazorInputs.GIVEN
                            ? arg(computed() + i)
                            : result(resultTypes(DataType.FLOAT).size() + i));
        }
        return found;
    }

    /** Number of arguments that the op computes from. */
    private int computed() {
        return args().length - count(RazorInputs.GIVEN) * copy().arrays();
    }

    private int count(long source) {
        int count = 0;
        for (int i = 0; i < copies(); i++) {
            count += source(this, i) == source ? 1 : 0;
        }
        return count;
    }

    /** One of the op's output variables, by the names that they have now. */
    final SDVariable result(int i) {
        return sameDiff.getVariable(sameDiff.getOutputsForOp(this)[i]);
    }

    @Override
    public final int getNumOutputs() {
        int results = resultTypes(DataType.FLOAT).size();
        return iArguments.isEmpty() ? results : results + count(RazorInputs.OWN) * copy().arrays();
    }

    @Override
    protected final boolean isDense(int input) {
        return false;
    }

    @Override
    protected final List<LongShapeDescriptor> shapes(List<INDArray> in) {
        List<LongShapeDescriptor> shapes = new ArrayList<>(results(in));
        for (int i = 0; i < copies(); i++) {
            if (source(this, i) == RazorInputs.OWN) {
                List<LongShapeDescriptor> made = copy().shapes(in.get(i));
                made.forEach(s -> shapes.add(thins() ? s : shape(s.dataType(), 1)));
            }
        }
        return shapes;
    }

    @Override
    protected final List<DataType> types(List<DataType> in) {
        List<DataType> types = new ArrayList<>(resultTypes(in.get(0)));
        for (int i = 0; i < count(RazorInputs.OWN); i++) {
            types.addAll(copy().types(in.get(0)));
        }
        return types;
    }

    @Override
    protected final void run(INDArray[] in, INDArray[] out) {
        compute(in, out);
        int at = resultTypes(DataType.FLOAT).size();
        for (int i = 0; i < copies(); i++) {
            if (source(this, i) == RazorInputs.OWN) {
                if (thins()) {
                    copy().write(activation(i, in, out), out, at);
                } else {
                    Arrays.stream(out, at, at + copy().arrays()).forEach(placeholder -> placeholder.assign(0));
                }
                at += copy().arrays();
            }
        }
    }

    @Override
    public final List<SDVariable> doDiff(List<SDVariable> gradients) {
        List<SDVariable> in = new ArrayList<>(List.of(gradients.get(0)));
        in.addAll(reads());
        for (int i = 0; i < copies(); i++) {
            in.addAll(copyOf(i));
        }
        List<SDVariable> d = new ArrayList<>(List.of(backward().of(in.toArray(new SDVariable[0]))));
        for (int i = computed();
                i < args().length;
                i++) { // ND4J wants one for each; nothing reads those of given copies
            d.add(sameDiff.constant(Nd4j.scalar(arg(i).dataType(), 0)));
        }
        return d;
    }
}
