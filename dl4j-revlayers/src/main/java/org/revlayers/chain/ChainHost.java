package org.revlayers.chain;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.inner.Pass;
import org.revlayers.kernel.Buffers;
import org.revlayers.memory.Arena;
import org.revlayers.memory.KeepsForBackward;
import org.revlayers.memory.Kept;

/** Hosts a {@link ReversibleChain} in DL4J: inputs and outputs in DL4J's workspaces, everything else in {@link ChainStep}. */
public final class ChainHost extends BaseLayer<ReversibleChain> implements KeepsForBackward {

    private static final long serialVersionUID = 1L;

    private final transient Kept kept = new Kept();
    private transient ChainBranches branches;

    /** The training forward that waits for its backward, and its output and checksum. */
    private transient ChainStep step;

    private transient INDArray output;
    private transient long checksum;
    private transient long verified;

    ChainHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    /** Whether the newer stream is the output as it is, so that it need not be kept twice. */
    static boolean sharesOutput(ReversibleChain chain) {
        return chain.getExit().isEmpty() && chain.getMerge() == StreamMerge.X_ONLY;
    }

    @Override
    public Kept kept() {
        return kept;
    }

    /** How many reconstructions a checksum has proved so far. */
    public long verifiedReconstructions() {
        return verified;
    }

    /** α and β of the step that comes next. */
    public Coefficients coefficients() {
        return layerConf().getSchedule().at(getIterationCount());
    }

    private ChainBranches branches() {
        if (branches == null) {
            branches = ChainBranches.of(conf, dataType, getIndex(), paramsFlattened, gradientsFlattened);
        }
        return branches;
    }

    private ChainStep step(StreamType type, int scale, Pass pass, Kept into) {
        ReversibleChain chain = layerConf();
        ChainEnds ends = new ChainEnds(chain.getStart(), chain.getMerge(), chain.isFeaturesLast());
        ChainPlan plan = ChainPlan.of(chain, type, pass.iteration());
        return new ChainStep(chain, branches().subBlocks(), branches().exit(), ends, plan, type, scale, pass, into);
    }

    private Pass pass(boolean training) {
        Pass network = new Pass(training, getIterationCount(), getEpochCount(), conf.getSeed(), prepared(maskArray));
        return network.of(getIterationCount()).of(getIndex());
    }

    private StreamType streamType() {
        StreamType type = layerConf().getStreams();
        return type != null ? type : dataType == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.EXACT;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        INDArray x = prepared(input);
        INDArray out = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(x), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            run(x, out, pass(training), training);
        }
        return out;
    }

    private long[] outputShape(INDArray x) {
        ChainEnds ends = new ChainEnds(
                layerConf().getStart(), layerConf().getMerge(), layerConf().isFeaturesLast());
        long[] stream = ends.streamShape(x.shape());
        for (Branch b : branches().subBlocks()) {
            long[] u = b.entry() == null ? stream : b.entry().outputShape(stream);
            long[] f = b.function().outputShape(u);
            if (!java.util.Arrays.equals(f, stream)) {
                throw new IllegalArgumentException(layerId() + " needs equal input and output shapes, sub-block \""
                        + b.name() + "\" maps " + java.util.Arrays.toString(stream) + " to "
                        + java.util.Arrays.toString(f) + ": end the chain before it");
            }
        }
        long[] merged = ends.mergedShape(stream);
        return branches().exit() == null ? merged : branches().exit().function().outputShape(merged);
    }

    private void run(INDArray x, INDArray out, Pass pass, boolean keep) {
        kept.begin();
        step = null;
        int scale = streamType() == StreamType.EXACT ? scale(x, out, pass) : 0;
        ChainStep now = step(streamType(), scale, pass, keep ? kept : null);
        try {
            ChainStep.Trace trace = now.forward(x, out);
            if (keep) {
                step = now;
                output = out;
                checksum = trace.checksum();
                if (layerConf().isScaleFollowsRange() && streamType() == StreamType.EXACT) {
                    layerConf().setStreamScale(Math.min(scale, StreamRange.scale(trace.largest())));
                }
            }
        } catch (RuntimeException e) {
            kept.clear();
            throw e;
        }
    }

    /** S, from the range of a first run in floating point if it is not set. */
    private int scale(INDArray x, INDArray out, Pass pass) {
        if (layerConf().getStreamScale() == null) {
            double largest =
                    step(StreamType.FLOAT, 0, pass, null).forward(x, out).largest();
            layerConf().setStreamScale(StreamRange.scale(largest));
        }
        return layerConf().getStreamScale();
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        INDArray x = prepared(input);
        INDArray dx = workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, x.shape(), 'c');
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                Arena.Scratch scratch = Arena.current().scratch()) {
            if (step == null) {
                run(x, scratch.take(dataType, outputShape(x)), pass(false), true);
            }
            Long rebuilt = step.backward(output, prepared(epsilon), dx);
            if (rebuilt != null) {
                if (rebuilt != checksum) {
                    throw new IllegalStateException(branches().blame(layerId(), x, step.pass()));
                }
                verified++;
            }
        } finally {
            forget();
        }
        Gradient gradient = new DefaultGradient();
        if (gradientViews != null) {
            gradientViews.forEach((name, view) -> gradient.setGradientFor(name, view, 'c'));
        }
        return new Pair<>(gradient, backpropDropOutIfPresent(dx));
    }

    private void forget() {
        kept.clear();
        step = null;
        output = null;
    }

    /** The array itself, or a copy in the layer's type and C order. */
    private INDArray prepared(INDArray array) {
        return array == null ? null : Buffers.dense(array, dataType);
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray gradients) {
        super.setBackpropGradientsViewArray(gradients);
        branches = null;
    }

    @Override
    public void setParamsViewArray(INDArray params) {
        super.setParamsViewArray(params);
        branches = null;
    }

    /** Parameters lie one layer after the other; DL4J assumes Fortran order unless told. */
    @Override
    public void setParams(INDArray params) {
        setParams(params, 'c');
    }

    /** As the layer inside has it: the running statistics of batch normalisation are updates, not sums over the batch. */
    @Override
    public boolean updaterDivideByMinibatch(String paramName) {
        return ChainPart.owner(layerConf(), paramName).dividedByMinibatch(paramName);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clear() {
        super.clear();
        forget();
    }

    @Override
    public void clearNoiseWeightParams() {
        weightNoiseParams.clear();
    }
}
