package org.revlayers.internal.op;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * The coupling of a {@link RevChain} as ops of the graph around its sub-functions, so that everything is kept: the plain form of the same network,
 * to compare with. Values and gradients are the same bits.
 *
 * <p>The streams x, y are DOUBLE variables, in which the integers of exact streams are exact; their gradients have the network's precision. Kinds:
 *
 * <pre>
 *   START  input → x, y         x = input, y = β·input
 *   PAIR   x, y → x, y          both from the network's type
 *   SPLIT  x, y → u, x, y, y'   u = x in the network's type, y' = β·x
 *   JOIN   f, x, y → x'         x' = f + α·x + y, f = F(u)
 *   END    x → value            in the network's type
 *   EDGE   f, u → f + α·u       all in the network's type
 *   WEIGH  f → w·f              in the network's type; w = 1 + β for β &lt; 0, else 1
 * </pre>
 *
 * <p>In the forms by γ ({@link TwoStep}) SPLIT gives y' its signs, JOIN weighs f and adds what u weighs, unless EDGE has done so; their settings have the
 * sub-function's place.
 *
 * <p>EDGE and WEIGH are no parts of the coupling: a sub-function behind a function r, F(r(x)) + α·r(x), and one in the momentum form have them inside, in every
 * mode.
 *
 * <p>Kept for backward: nothing here; whatever F's ops keep.
 */
public final class ChainUnit extends ChainOp {

    /** What it does. */
    public enum Kind {
        START(1, 2),
        SPLIT(2, 4),
        JOIN(3, 1),
        END(1, 1),
        EDGE(2, 1),
        PAIR(2, 2),
        WEIGH(1, 1);

        final int inputs;
        final int outputs;

        Kind(int inputs, int outputs) {
            this.inputs = inputs;
            this.outputs = outputs;
        }
    }

    /** For a graph that is being loaded. */
    public ChainUnit() {
        super("chain_unit", 0);
    }

    /**
     * That is in no graph yet.
     *
     * @param type     of the network
     * @param last     whether nothing reads the y behind the sub-function
     * @param settings of the chain, with one block: the sub-function
     */
    public ChainUnit(Kind kind, DataType type, boolean last, ChainSettings settings) {
        this();
        ChainArguments.write(settings, this);
        addIArgument(kind.ordinal(), type.toInt(), last ? 1 : 0);
    }

    private int fromEnd(int i) {
        return iArguments.get(iArguments.size() - i).intValue();
    }

    /** What it does. */
    public Kind kind() {
        return Kind.values()[fromEnd(3)];
    }

    DataType type() {
        return DataType.fromInt(fromEnd(2));
    }

    boolean isLast() {
        return fromEnd(1) == 1;
    }

    @Override
    public int getNumOutputs() {
        return iArguments.isEmpty() ? 0 : kind().outputs;
    }

    @Override
    protected List<DataType> types(List<DataType> in) {
        return switch (kind()) {
            case SPLIT -> List.of(type(), DataType.DOUBLE, DataType.DOUBLE, DataType.DOUBLE);
            case END, EDGE, WEIGH -> List.of(type());
            default -> Collections.nCopies(kind().outputs, DataType.DOUBLE);
        };
    }

    @Override
    protected List<LongShapeDescriptor> shapes(List<INDArray> in) {
        if (kind() == Kind.EDGE && !Arrays.equals(in.get(0).shape(), in.get(1).shape())) {
            throw new IllegalArgumentException("chain \"" + settings().name()
                    + "\" needs values of its input's shape, a sub-function maps "
                    + Arrays.toString(in.get(1).shape())
                    + " to " + Arrays.toString(in.get(0).shape()) + ": end the chain before it");
        }
        return types(List.of()).stream().map(t -> shape(t, in.get(0).shape())).toList();
    }

    @Override
    protected void run(INDArray[] in, INDArray[] out) {
        ChainJoin join = join(sameDiff);
        Coefficients c = join.c();
        if (kind() == Kind.EDGE && join.twoStep() != null) {
            join.twoStep().join(join.place(), TwoStep.Edge.AROUND, out[0].assign(in[0]), in[1]);
            return;
        }
        if (kind() == Kind.EDGE) {
            StreamKernels.get().sum(new StreamSum(in[0], c.alpha(), c.a() == 0 ? null : in[1], 0, null, out[0]));
            return;
        }
        if (kind() == Kind.WEIGH) {
            in[0].muli(c.weight(), out[0]);
            return;
        }
        StreamType streams = settings().streamsOf(type());
        try (StepMemory memory = StepMemory.open()) {
            Streams s = Streams.of(streams, settings().scale(), memory);
            s.set(memory.take(streams.getDataType(), in[0].shape()), memory.take(streams.getDataType(), in[0].shape()));
            switch (kind()) {
                case START -> {
                    s.begin(in[0], settings().first(c));
                    ChainRun.fits(s, settings(), "its input");
                    s.x(out[0]);
                    s.y(out[1]);
                }
                case PAIR -> {
                    s.load(in[0], in[1]);
                    ChainRun.fits(s, settings(), "its input");
                    s.x(out[0]);
                    s.y(out[1]);
                }
                case SPLIT -> {
                    s.begin(in[0], c);
                    join.turn(s);
                    s.x(out[0]);
                    s.y(out[3]);
                    out[1].assign(in[0]);
                    out[2].assign(in[1]);
                }
                case JOIN -> {
                    s.load(in[1], in[2]);
                    INDArray u = null;
                    if (join.weighs()) {
                        u = memory.take(type(), in[0].shape());
                        s.x(u);
                    }
                    join.couple(s, in[0], u, null, null, memory);
                    ChainRun.fits(s, settings(), ChainRun.where(settings(), 0));
                    s.x(out[0]);
                }
                default -> {
                    s.read(in[0], s.x());
                    s.x(out[0]);
                }
            }
        }
    }

    /** How its sub-function enters the streams in the present step of a graph. */
    ChainJoin join(SameDiff graph) {
        return new ChainJoin(
                plan(type(), graph).c(0),
                settings().blocks().get(0).edge(),
                settings().place(),
                settings().twoStep(present(graph), step(graph)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new ChainUnitBp(this).of(gradients.toArray(new SDVariable[0])));
    }
}
