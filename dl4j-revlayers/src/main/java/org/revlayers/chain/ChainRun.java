package org.revlayers.chain;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.ImageRuns;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.StreamScale;
import org.revlayers.reversible.StreamType;

/** A chain in and between steps, on arrays: what its hosts, DL4J's and a container's, have in common. Not thread-safe. */
final class ChainRun implements ChannelsLast {

    private final StreamLayer chain;
    private ChainBranches branches;
    private final DataType type;
    private final long seed;

    private ImageOrder order = ImageOrder.AS_GIVEN;

    private long verified;

    /** The forward that waits for its backward, its output, and what is expected to come back. */
    private ChainStep step;

    private INDArray output;
    private long outputSum;
    private long[] sums;

    /** S that the next update makes the chain's: nothing but an update changes what a network is. */
    private Integer scaleSeen;

    /** @param setting of the layers around it */
    ChainRun(StreamLayer chain, ChainBranches branches, InnerLayers.Setting setting) {
        this.chain = chain;
        this.branches = branches;
        type = setting.type();
        String name = chain.getLayerName();
        seed = new Pass(true, 0, 0, setting.conf().getSeed(), null)
                .of(name == null ? 0 : name.hashCode())
                .seed();
    }

    /** The same chain with the images inside in the order that suits it. */
    ChainRun turned() {
        if (ImageRuns.areTurned() && branches.canHaveChannelsLast() && branches.gainsByChannelsLast()) {
            haveChannelsLast();
            order = ImageOrder.LAST_INSIDE;
        } else {
            branches = branches.turned();
        }
        return this;
    }

    @Override
    public boolean canHaveChannelsLast() {
        return branches.canHaveChannelsLast();
    }

    @Override
    public boolean gainsByChannelsLast() {
        return branches.gainsByChannelsLast();
    }

    @Override
    public void haveChannelsLast() {
        branches.haveChannelsLast();
        order = ImageOrder.LAST;
    }

    ChainBranches branches() {
        return branches;
    }

    ImageOrder imageOrder() {
        return order;
    }

    /** Whether a forward waits for its backward. */
    boolean waits() {
        return step != null;
    }

    /** What the streams begin with. */
    long[] stemShape(long... input) {
        return order.outside(insideShape(input));
    }

    private long[] insideShape(long... input) {
        long[] inside = order.inside(input);
        return branches.stem() == null ? inside : branches.stem().outputShape(inside);
    }

    /** @param title of the chain, for messages */
    long[] outputShape(String title, long... input) {
        ChainEnds ends = new ChainEnds(chain, order);
        long[] stream = ends.streamShape(insideShape(input));
        for (Branch b : branches.subBlocks()) {
            long[] u = b.entry() == null ? stream : b.entry().outputShape(stream);
            long[] f = b.function().outputShape(u);
            if (!Arrays.equals(f, stream)) {
                throw new IllegalArgumentException(title + " needs equal input and output shapes, sub-block \""
                        + b.name() + "\" maps " + Arrays.toString(stream) + " to " + Arrays.toString(f)
                        + ": end the chain before it");
            }
        }
        long[] merged = ends.mergedShape(stream);
        return order.outside(branches.exit() == null ? merged : branches.exit().outputShape(merged));
    }

    /** DL4J's mask for the layer behind. */
    INDArray outputMask(INDArray mask, long batch) {
        return branches.exit() == null ? mask : branches.exit().outputMask(mask, batch);
    }

    private ChainStep step(StreamType streams, int scale, Pass pass, Kept into, boolean watched) {
        return new ChainStep(
                chain,
                branches,
                order,
                chain.plan(streams, pass.training()),
                scale,
                chain.twoStep(seed, pass.training()),
                pass,
                into,
                watched);
    }

    /** The numbers of the streams: plain inference has those of the network that the chain was made from. */
    private StreamType streams(Pass pass) {
        StreamType chosen = chain.streamsIn(type);
        return pass.training() || !chain.infersPlain() || !chosen.exact() ? chosen : StreamType.FLOAT;
    }

    private ChainStep.Trace forward(ChainStep now, INDArray x, INDArray out) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray room = order.room(out, scratch);
            ChainStep.Trace trace = stem(now).forward(now, order.inside(x, scratch), room, out);
            order.outside(room, out);
            return trace;
        }
    }

    private ChainStem stem(ChainStep now) {
        return new ChainStem(branches.stem(), now.pass());
    }

    /** A forward that nothing has to come back from. In inference values beyond the range of integer streams pass in floating-point ones. */
    void infer(INDArray x, INDArray out, Pass pass) {
        forget();
        StreamType streams = streams(pass);
        try {
            forward(step(streams, scale(x, out, pass), pass, null, false), x, out);
        } catch (ArithmeticException outOfRange) {
            if (pass.training()) { // the forward of the same step that backward follows could not either
                throw outOfRange;
            }
            forward(step(StreamType.FLOAT, 0, pass, null, false), x, out);
        }
    }

    /** A forward that a backward follows; in inference, of a frozen chain that passes its gradient on, whatever scale training chose. */
    void keep(INDArray x, INDArray out, Pass pass, Kept kept) {
        try {
            keep(x, out, pass, scale(x, out, pass), kept);
        } catch (ArithmeticException outOfRange) {
            if (pass.training()) {
                throw outOfRange;
            }
            kept.begin();
            keep(x, out, pass, scaleOf(x, out, pass), kept);
        }
    }

    private void keep(INDArray x, INDArray out, Pass pass, int scale, Kept kept) {
        forget();
        StreamType streams = streams(pass);
        ChainStep now = step(streams, scale, pass, kept, false);
        try {
            ChainStep.Trace trace = forward(now, x, out);
            step = now;
            output = out;
            sums = trace.sums();
            outputSum = sharesOutput() ? StreamKernels.get().checksum(out) : 0;
            if (pass.training() && chain.isScaleFollowsRange() && streams == StreamType.EXACT) {
                scaleSeen = Math.min(scale, StreamScale.following(trace.largest()));
            }
        } catch (RuntimeException | Error e) {
            kept.clear();
            throw e;
        }
    }

    /** Whether the end state is in the output alone. */
    private boolean sharesOutput() {
        return output != null && step.kept().shares("x", output);
    }

    /** Some layers write over their input, which is this one's output; then the end state was not enough and forward runs again. */
    private void recoverOutput(INDArray x, Arena.Scratch scratch) {
        if (sharesOutput() && StreamKernels.get().checksum(output) != outputSum) {
            chain.noteOverwritten();
            ChainStep before = step;
            before.kept().begin();
            keep(x, scratch.take(type, output.shape()), before.pass(), before.scale(), before.kept());
        }
    }

    /** S of exact streams. */
    private int scale(INDArray x, INDArray out, Pass pass) {
        Integer chosen = chain.getStreamScale();
        return !streams(pass).exact() ? 0 : chosen != null ? chosen : scaleOf(x, out, pass);
    }

    /** The same from the range of a first run in floating point. */
    private int scaleOf(INDArray x, INDArray out, Pass pass) {
        return StreamScale.following(
                forward(step(StreamType.FLOAT, 0, pass, null, true), x, out).largest());
    }

    /** Whether the output can be made of the end state by elementwise functions. */
    boolean rebuildsOutput() {
        return branches.exit() != null && branches.exit().worksInPlace() && !chain.isOnDisk();
    }

    /** Writes the output of the forward that waits again. */
    void rebuildOutput(INDArray out) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray room = order.room(out, scratch);
            step.rebuildOutput(room);
            order.outside(room, out);
        }
    }

    /** As {@link org.revlayers.internal.contract.InnerLayer#verifiedReconstructions}: in each step one for every run of REVERSE sub-blocks. */
    long verifiedReconstructions() {
        return verified + branches.verifiedReconstructions();
    }

    /** Computes the gradients of the forward that waits, and gives back what was kept. */
    void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        recoverOutput(x, scratch);
        INDArray gradient = order.inside(epsilon, scratch);
        INDArray room = Arrays.equals(dx.shape(), epsilon.shape()) && gradient != epsilon
                ? gradient // read before this is written
                : order.room(dx, scratch);
        verified += stem(step)
                .backward(step, chain.readsInput() ? order.inside(x, scratch) : null, output, sums, gradient, room);
        order.outside(room, dx);
    }

    /** What happens behind every update of a network, and not of a frozen layer: the chain takes a step on its schedule. */
    void update(int iteration, int epoch) {
        branches.applyConstraints(iteration, epoch);
        chain.updated(iteration);
        if (scaleSeen != null) {
            chain.setStreamScale(scaleSeen);
            scaleSeen = null;
        }
    }

    /** Forgets the forward that waits. */
    void forget() {
        step = null;
        output = null;
        sums = null;
    }
}
