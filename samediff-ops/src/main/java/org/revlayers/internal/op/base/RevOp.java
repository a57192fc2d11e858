package org.revlayers.internal.op.base;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.JavaOp;
import org.revlayers.internal.backend.RunsJavaOps;
import org.revlayers.internal.kernel.Buffers;

/**
 * What all ops of this library share. An op says its name, the types and shapes of its outputs, and what to compute; its settings are the
 * numbered arguments of ND4J's custom ops (they are what a saved graph holds).
 *
 * <p>Kernels see C-contiguous arrays only: an input in another layout is copied first, an output in another layout is written through a
 * temporary.
 */
public abstract class RevOp extends DynamicCustomOp implements JavaOp {

    private final String name;
    private final int outputs;

    /**
     * An op that is in no graph yet.
     *
     * @param name    in a saved graph
     * @param outputs how many there are
     */
    protected RevOp(String name, int outputs) {
        this.name = name;
        this.outputs = outputs;
    }

    /**
     * Puts the op into the graph of these variables; null ones are left out.
     *
     * @return its outputs
     */
    public final SDVariable[] of(SDVariable... in) {
        RunsJavaOps.require(opName());
        SDVariable[] args = arguments(in);
        setSameDiff(args[0].getSameDiff());
        ownName = null; // a new name, of the graph
        setInstanceId();
        sameDiff.addArgsFor(args, this);
        return outputVariables();
    }

    /** The same op on arrays, for {@code Nd4j.exec}; null ones are left out. */
    public final RevOp on(INDArray... in) {
        RunsJavaOps.require(opName());
        inputArguments.clear();
        addInputArgument(arguments(in));
        return this;
    }

    /** The op, with the numbered arguments of another one. */
    protected static <T extends RevOp> T withArguments(RevOp other, T op) {
        op.addTArgument(other.tArgs());
        op.addIArgument(other.iArgs());
        op.addBArgument(other.bArgs());
        op.addSArgument(other.sArgs());
        return op;
    }

    /** What the op reads in a graph, of what it is applied to. */
    protected SDVariable[] arguments(SDVariable... in) {
        return Arrays.stream(in).filter(Objects::nonNull).toArray(SDVariable[]::new);
    }

    /** What the op reads, of what it is applied to. */
    protected INDArray[] arguments(INDArray... in) {
        return Arrays.stream(in).filter(Objects::nonNull).toArray(INDArray[]::new);
    }

    /** As a saved graph has it. */
    @Override
    public final String opName() {
        return name;
    }

    /** Shapes of the outputs, as {@link #shape} makes them. */
    protected abstract List<LongShapeDescriptor> shapes(List<INDArray> in);

    /** Types of the outputs. */
    protected abstract List<DataType> types(List<DataType> in);

    /** Computes the outputs, which are not initialised. All arrays are C-contiguous, but for inputs that are not {@link #isDense}. */
    protected abstract void run(INDArray[] in, INDArray[] out);

    /** Throws unless the op can compute with these values. */
    private void checkInputs(List<INDArray> in) {
        for (int i = 0; i < in.size(); i++) {
            if (in.get(i).isEmpty()) {
                throw new IllegalArgumentException(opName() + " got an empty input " + i + ", "
                        + Buffers.describe(in.get(i)) + ": leave empty batches out");
            }
        }
        requireFloating(in.get(firstValue()).dataType());
        if (in.get(firstValue()).rank() == 0) {
            throw new IllegalArgumentException(
                    opName() + " works on arrays with axes; got a scalar: reshape it to [1]");
        }
    }

    private void requireFloating(DataType type) {
        if (type != DataType.FLOAT && type != DataType.DOUBLE && type != DataType.FLOAT16) {
            throw new IllegalArgumentException(
                    opName() + " works on FLOAT, DOUBLE or HALF; got " + type + ": cast the input first");
        }
    }

    @Override
    public final void exec(OpContext context) {
        checkInputs(context.getInputArrays());
        INDArray[] in = context.getInputArrays().toArray(new INDArray[0]);
        INDArray[] out = context.getOutputArrays().toArray(new INDArray[0]);
        INDArray[] denseIn = in.clone();
        INDArray[] denseOut = out.clone();
        for (int i = 0; i < in.length; i++) {
            if (isDense(i) && !Buffers.isContiguous(in[i])) {
                denseIn[i] = in[i].dup('c');
            }
        }
        for (int i = 0; i < out.length; i++) {
            if (!Buffers.isContiguous(out[i])) {
                denseOut[i] = out[i].dup('c');
            }
        }
        run(denseIn, denseOut);
        for (int i = 0; i < out.length; i++) {
            if (denseOut[i] != out[i]) {
                out[i].assign(denseOut[i]);
            }
        }
        closeCopies(in, denseIn);
        closeCopies(out, denseOut);
    }

    private static void closeCopies(INDArray[] originals, INDArray[] used) {
        for (int i = 0; i < originals.length; i++) {
            if (used[i] != originals[i] && used[i].closeable()) {
                used[i].close();
            }
        }
    }

    @Override
    public final List<LongShapeDescriptor> calculateOutputShape() {
        return calculateOutputShape(null);
    }

    @Override
    public final List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
        List<INDArray> in = context == null ? inputArguments() : context.getInputArrays();
        if (in.isEmpty()) {
            return Collections.emptyList();
        }
        checkInputs(in);
        return shapes(in);
    }

    @Override
    public final List<DataType> calculateOutputDataTypes(List<DataType> in) {
        requireFloating(in.get(firstValue()));
        return types(in);
    }

    /** Which input's type the op computes in. */
    protected int firstValue() {
        return 0;
    }

    /** Whether {@link #run} needs this input C-contiguous. */
    protected boolean isDense(int input) {
        return true;
    }

    @Override
    public int getNumOutputs() {
        return outputs;
    }

    /** ND4J's C++ library has no such op; the hash only has to differ from those that it has. It asks for it right before it would run the op. */
    @Override
    public final long opHash() {
        RunsJavaOps.require(opName());
        return 0x5245564CL << 32 | opName().hashCode() & 0xFFFFFFFFL;
    }

    @Override
    public final CustomOpDescriptor getDescriptor() {
        return CustomOpDescriptor.builder()
                .hash(opHash())
                .numInputs(-1)
                .numOutputs(getNumOutputs())
                .numIArgs(-1)
                .numTArgs(-1)
                .build();
    }

    @Override
    public Map<String, Object> propertiesForFunction() {
        return Collections.emptyMap();
    }

    @Override
    public void setPropertiesForFunction(Map<String, Object> properties) {
        // the numbered arguments say everything
    }

    @Override
    public final void configureFromArguments() {
        // the numbered arguments are read where they are used
    }

    /** A C-order output. */
    public static LongShapeDescriptor shape(DataType type, long... shape) {
        return LongShapeDescriptor.fromShape(shape, type);
    }

    /** An output like this array. */
    protected static LongShapeDescriptor like(INDArray array) {
        return shape(array.dataType(), array.shape());
    }

    /** Throws unless both have one type. */
    protected final void requireSameType(INDArray a, INDArray b) {
        if (a.dataType() != b.dataType()) {
            throw new IllegalArgumentException(opName() + " needs arrays of one type; got " + a.dataType() + " and "
                    + b.dataType() + ": cast one of them first");
        }
    }

    /** Throws unless both have one shape. */
    protected final void requireSameShape(INDArray a, INDArray b) {
        if (!Arrays.equals(a.shape(), b.shape())) {
            throw new IllegalArgumentException(opName() + " needs a gradient of its output's shape; output "
                    + Arrays.toString(a.shape()) + ", gradient " + Arrays.toString(b.shape()));
        }
    }
}
