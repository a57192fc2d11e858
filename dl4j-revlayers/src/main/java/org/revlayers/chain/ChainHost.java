package org.revlayers.chain;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.container.ContainerHost;
import org.revlayers.container.WholeSequences;
import org.revlayers.inner.InnerNetwork;
import org.revlayers.inner.Pass;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Kept;

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

    ChainHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** How many reconstructions checksums have proved so far: one for every run of REVERSE sub-blocks in every step. */
    public long verifiedReconstructions() {
        return verified;
    }

    /** α and β of the step that comes next. */
    public Coefficients coefficients() {
        return layerConf().getSchedule().at(getIterationCount());
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

    private ChainStep step(StreamType type, int scale, Pass pass, Kept into) {
        ReversibleChain chain = layerConf();
        ChainPlan plan = ChainPlan.of(chain, type, pass.iteration());
        return new ChainStep(chain, branches, plan, type, scale, pass, into);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray x = prepared(input);
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(x), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Pass pass = pass(training);
            run(x, out, pass, scale(x, out, pass), training);
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

    private void run(INDArray x, INDArray out, Pass pass, int scale, boolean keep) {
        kept().begin();
        step = null;
        StreamType type = layerConf().streamsIn(dataType);
        ChainStep now = step(type, scale, pass, keep ? kept() : null);
        try {
            ChainStep.Trace trace = new ChainStem(branches.stem(), pass).forward(now, x, out);
            if (keep) {
                step = now;
                output = out;
                sums = trace.sums();
                outputSum = sharesOutput() ? StreamKernels.get().checksum(out) : 0;
                if (layerConf().isScaleFollowsRange() && type == StreamType.EXACT) {
                    layerConf().setStreamScale(Math.min(scale, StreamRange.scale(trace.largest())));
                }
            }
        } catch (RuntimeException e) {
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
            run(x, scratch.take(dataType, output.shape()), step.pass(), step.scale(), true);
        }
    }

    /** S of exact streams, from the range of a first run in floating point if it is not set. */
    private int scale(INDArray x, INDArray out, Pass pass) {
        if (layerConf().streamsIn(dataType) != StreamType.EXACT) {
            return 0;
        }
        if (layerConf().getStreamScale() == null) {
            double largest = new ChainStem(branches.stem(), pass)
                    .forward(step(StreamType.FLOAT, 0, pass, null), x, out)
                    .largest();
            layerConf().setStreamScale(StreamRange.scale(largest));
        }
        return layerConf().getStreamScale();
    }

    @Override
    protected void backward(INDArray x, INDArray epsilon, INDArray dx, Arena.Scratch scratch) {
        if (step == null) {
            INDArray out = scratch.take(dataType, outputShape(x));
            run(x, out, pass(false), scale(x, out, pass(false)), true);
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
