package org.revlayers.chain;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.container.ContainerHost;
import org.revlayers.internal.container.WholeSequences;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.reversible.StreamScale;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/** Hosts a {@link ReversibleChain} in DL4J: inputs and outputs in DL4J's workspaces, everything else in {@link ChainStep}. */
public class ChainHost extends ContainerHost<ReversibleChain> {

    private static final long serialVersionUID = 1L;

    private transient ChainBranches branches;

    /** The training forward that waits for its backward, its output, and what is expected to come back. */
    private transient ChainStep step;

    private transient INDArray output;
    private transient long outputSum;
    private transient long[] sums;
    private transient long verified;

    /** S that the next update makes the chain's: nothing but an update changes what a network is. */
    private transient Integer scaleSeen;

    ChainHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** How many reconstructions checksums have proved so far: one for every run of REVERSE sub-blocks in every step. */
    public long verifiedReconstructions() {
        return verified;
    }

    /** α and β of the step that comes next. */
    public Coefficients coefficients() {
        return layerConf().coefficients();
    }

    /** A chain of a file that does not tell where on its schedule it is begins at the network's count. */
    @Override
    public void setIterationCount(int iterationCount) {
        super.setIterationCount(iterationCount);
        if (layerConf().getScheduleStep() == null) {
            layerConf().setScheduleStep(iterationCount);
        }
    }

    /** DL4J calls this once behind every update of a network, and not of a frozen layer: here the chain takes a step on its schedule. */
    @Override
    public void applyConstraints(int iteration, int epoch) {
        super.applyConstraints(iteration, epoch);
        ReversibleChain chain = layerConf();
        chain.setScheduleStep(chain.getScheduleStep() == null ? iteration : chain.getScheduleStep() + 1);
        if (scaleSeen != null) {
            chain.setStreamScale(scaleSeen);
            scaleSeen = null;
        }
    }

    @Override
    protected void makeInside(INDArray parameters) {
        branches = ChainBranches.of(conf, dataType, getIndex(), parameters);
    }

    @Override
    protected boolean isMade() {
        return branches != null;
    }

    @Override
    protected void setInnerGradients(INDArray flat) {
        branches.setGradients(layerConf(), flat);
    }

    @Override
    protected void applyInnerConstraints(int iteration, int epoch) {
        branches.applyConstraints(iteration, epoch);
    }

    @Override
    protected INDArray outputMask(INDArray mask, long batch) {
        return branches.exit() == null ? mask : branches.exit().outputMask(mask, batch);
    }

    private ChainStep step(StreamType type, int scale, Pass pass, Kept into, boolean watched) {
        ReversibleChain chain = layerConf();
        return new ChainStep(chain, branches, chain.plan(type), scale, pass, into, watched);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray x = prepared(input);
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(x), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Pass pass = pass(training);
            if (training) {
                run(x, out, pass, scale(x, out, pass));
            } else {
                infer(x, out, pass);
            }
        }
        return out;
    }

    private long[] outputShape(INDArray x) {
        ChainEnds ends = new ChainEnds(layerConf());
        InnerNetwork stem = branches.stem();
        long[] stream = ends.streamShape(stem == null ? x.shape() : stem.outputShape(x.shape()));
        for (Branch b : branches.subBlocks()) {
            long[] u = b.entry() == null ? stream : b.entry().outputShape(stream);
            long[] f = b.function().outputShape(u);
            if (!java.util.Arrays.equals(f, stream)) {
                throw new IllegalArgumentException(layerId() + " needs equal input and output shapes, sub-block \""
                        + b.name() + "\" maps " + java.util.Arrays.toString(stream) + " to "
                        + java.util.Arrays.toString(f) + ": end the chain before it");
            }
        }
        long[] merged = ends.mergedShape(stream);
        return branches.exit() == null ? merged : branches.exit().outputShape(merged);
    }

    /** As in training; but nothing has to come back, so that values beyond the range of integer streams pass in floating-point ones. */
    private void infer(INDArray x, INDArray out, Pass pass) {
        forget();
        StreamType type = layerConf().streamsIn(dataType);
        try {
            infer(x, out, pass, type, scale(x, out, pass));
        } catch (ArithmeticException outOfRange) {
            infer(x, out, pass, StreamType.FLOAT, 0);
        }
    }

    private void infer(INDArray x, INDArray out, Pass pass, StreamType type, int scale) {
        new ChainStem(branches.stem(), pass).forward(step(type, scale, pass, null, false), x, out);
    }

    /** Keeps what backward needs. */
    private void run(INDArray x, INDArray out, Pass pass, int scale) {
        kept().begin();
        step = null;
        StreamType type = layerConf().streamsIn(dataType);
        ChainStep now = step(type, scale, pass, kept(), false);
        try {
            ChainStep.Trace trace = new ChainStem(branches.stem(), pass).forward(now, x, out);
            step = now;
            output = out;
            sums = trace.sums();
            outputSum = sharesOutput() ? StreamKernels.get().checksum(out) : 0;
            if (pass.training() && layerConf().isScaleFollowsRange() && type == StreamType.EXACT) {
                scaleSeen = Math.min(scale, StreamScale.following(trace.largest()));
            }
        } catch (RuntimeException | Error e) {
            kept().clear();
            throw e;
        }
    }

    /** Whether the end state is in the output alone. */
    private boolean sharesOutput() {
        return output != null && kept().get("x") == output;
    }

    /** Some layers write over their input, which is this one's output; then the end state was not enough and forward runs again. */
    private void recoverOutput(INDArray x, Arena.Scratch scratch) {
        if (sharesOutput() && StreamKernels.get().checksum(output) != outputSum) {
            layerConf().setOutputOverwritten(true);
            run(x, scratch.take(dataType, output.shape()), step.pass(), step.scale());
        }
    }

    /** S of exact streams in training. */
    private int scale(INDArray x, INDArray out, Pass pass) {
        Integer chosen = layerConf().getStreamScale();
        boolean exact = layerConf().streamsIn(dataType) == StreamType.EXACT;
        return !exact ? 0 : chosen != null ? chosen : scaleOf(x, out, pass);
    }

    /** The same from the range of a first run in floating point. */
    private int scaleOf(INDArray x, INDArray out, Pass pass) {
        double largest = new ChainStem(branches.stem(), pass)
                .forward(step(StreamType.FLOAT, 0, pass, null, true), x, out)
                .largest();
        return StreamScale.following(largest);
    }

    /** A forward in inference mode again, with what a backward needs, for a frozen chain that passes its gradient on. */
    private void replay(INDArray x, Arena.Scratch scratch) {
        Pass pass = pass(false);
        INDArray out = scratch.take(dataType, outputShape(x));
        try {
            run(x, out, pass, scale(x, out, pass));
        } catch (ArithmeticException outOfRange) { // of the scale that training chose
            run(x, out, pass, scaleOf(x, out, pass));
        }
    }

    @Override
    protected void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        if (step == null) {
            replay(x, scratch);
        }
        recoverOutput(x, scratch);
        verified += new ChainStem(branches.stem(), step.pass()).backward(step, x, output, sums, epsilon, dx);
    }

    @Override
    protected void forget() {
        super.forget();
        step = null;
        output = null;
        sums = null;
    }

    /** With a recurrent layer inside. */
    static final class Recurrent extends ChainHost implements WholeSequences {

        private static final long serialVersionUID = 1L;

        Recurrent(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }
    }
}
