package org.revlayers.internal.inner;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.memory.Arena;

/**
 * Runs any layer as DL4J implements it, on the parameter and gradient views of its configuration.
 *
 * <p>Nothing is kept: what such a layer holds inside itself between forward and backward is dropped, and backward runs its forward once more
 * (a hidden forward, unlike in the other hosts; many of DL4J's layers run a second one of their own, and those that are known to need no other get
 * none). Where backward follows at once, as behind a sub-block's or a sequence's second forward, the layer stays as it is until then, and there is no third
 * ({@link Kept#isNear}; where it may: {@link StockCall#canStay}). Its arrays live in a workspace that closes with each call, or with that backward; only what it detaches from workspaces itself waits for the
 * garbage collector.
 *
 * <p>Its random numbers come from the pass, so they are the same in each forward of a step, and ND4J's generator goes on afterwards as if
 * the layer had drawn none.
 *
 * <p>Not supported: layers with a loss, and state between batches (recurrent layers under truncated back-propagation, which the containers
 * refuse).
 */
final class StockInner implements InnerLayer, ChannelsLast {

    /** What the razor's kernels read. */
    private static final Set<DataType> RAZOR_TYPES = Set.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16);

    /** Without weights, so that nothing but the layer itself could write over an array that it is given. */
    private static final Set<Class<?>> READERS = Set.of(SubsamplingLayer.class, LocalResponseNormalization.class);

    /** DL4J's backward runs what it needs of the forward itself, and neither writes over the input. */
    private static final Set<Class<?>> COMPLETE = Set.of(
            SubsamplingLayer.class,
            LocalResponseNormalization.class,
            ConvolutionLayer.class,
            SeparableConvolution2D.class,
            DepthwiseConvolution2D.class);

    private final Layer layer;
    private final org.deeplearning4j.nn.conf.layers.Layer configuration;
    private final DataType type;
    private final Keeper input;
    private final boolean reads;
    private final boolean complete;
    private final boolean stays;

    /** The forward whose backward is near, or null. */
    private StockCall open;

    /** Output shapes by input shape: only running it tells for certain. */
    private final Map<List<Long>, long[]> shapes = new HashMap<>();

    /**
     * @param layer   null for an outline
     * @param keeping how a forward in backward gets the input: a thinned one gives a linear map's dW on x̂, and its exact dx; of other layers it
     *                changes what they compute, so that it has to be asked for
     * @param frozen  whether nobody wants gradients of parameters
     */
    StockInner(
            Layer layer,
            org.deeplearning4j.nn.conf.layers.Layer configuration,
            DataType type,
            Keeping keeping,
            boolean frozen) {
        this.layer = layer;
        this.configuration = configuration;
        this.type = type;
        boolean linear = StockLinear.isWeighted(configuration) && RAZOR_TYPES.contains(type);
        this.input = (linear ? keeping.linear() : keeping.other()).unmasked();
        this.reads = !(StockLinear.isWithoutWeights(configuration) || linear && frozen);
        this.complete = COMPLETE.contains(configuration.getClass())
                && configuration.getIDropout() == null
                && !(configuration instanceof BaseLayer weighted && weighted.getWeightNoise() != null);
        this.stays = !complete && input == Keeper.DENSE && StockCall.canStay(configuration);
    }

    @Override
    public boolean canHaveChannelsLast() {
        return configuration.getClass() == SubsamplingLayer.class
                && ((SubsamplingLayer) configuration).getCnn2dDataFormat() == CNN2DFormat.NCHW;
    }

    @Override
    public void haveChannelsLast() {
        if (layer != null) {
            NeuralNetConfiguration turned = layer.conf().clone();
            ((SubsamplingLayer) turned.getLayer()).setCnn2dDataFormat(CNN2DFormat.NHWC);
            layer.setConf(turned);
        }
    }

    /** Sums and copies have a gradient that does not depend on what is summed or copied, nor has a linear map without its weights': zeros will do. */
    @Override
    public boolean readsInput() {
        return reads;
    }

    @Override
    public Keeper inputKeeper() {
        return input;
    }

    @Override
    public InputType outputType(InputType in) {
        return Layouts.output(configuration, in);
    }

    @Override
    public long[] outputShape(long... input) {
        return shapes.computeIfAbsent(Arrays.stream(input).boxed().toList(), key -> probe(input))
                .clone();
    }

    private long[] probe(long... input) {
        long[][] shape = new long[1][];
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray zeros = scratch.take(type, input);
            zeros.assign(0);
            Pass pass = new Pass(false, 0, 0, 1, null);
            try (StockCall call = call(zeros, pass)) {
                call.run(manager -> shape[0] = layer.activate(false, manager).shape());
            }
        }
        return shape[0];
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        close();
        StockCall call = call(x, pass);
        try {
            call.run(manager -> forward(layer.activate(pass.training(), manager), out));
            if (stays && keep.isNear()) {
                open = call;
                keep.onClear(this::close);
            }
        } finally {
            if (open != call) {
                call.close();
            }
        }
    }

    private void forward(INDArray y, INDArray out) {
        if (!Arrays.equals(y.shape(), out.shape())) {
            throw new IllegalStateException(this + " gave " + Arrays.toString(y.shape()) + " where it had given "
                    + Arrays.toString(out.shape())
                    + " for the same input shape: a layer inside a container must map shapes to shapes");
        }
        out.assign(y);
    }

    private void close() {
        StockCall call = open;
        open = null;
        if (call != null) {
            call.close();
        }
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        if (open != null) {
            open.run(manager -> backward(dy, dx, manager));
            return;
        }
        if (!readsInput()) {
            dx.assign(0);
        }
        try (StockCall call = call(readsInput() ? x : dx, pass)) {
            call.run(manager -> {
                if (!complete) {
                    layer.activate(pass.training(), manager);
                }
                backward(dy, dx, manager);
            });
        }
    }

    private void backward(INDArray dy, INDArray dx, LayerWorkspaceMgr manager) {
        INDArray given = READERS.contains(configuration.getClass()) ? plain(dy) : dy.dup('c');
        INDArray gradient = layer.backpropGradient(given, manager).getSecond();
        if (gradient == null) {
            dx.assign(0); // an embedding, say
        } else {
            dx.assign(gradient);
        }
    }

    /** The array itself where it is as DL4J's own are, else a copy. */
    static INDArray plain(INDArray array) {
        return array.ordering() == 'c' && Shape.hasDefaultStridesForShape(array) ? array : array.dup('c');
    }

    /** Some layers write over their input and their output's gradient: they get copies. */
    private StockCall call(INDArray x, Pass pass) {
        return new StockCall(layer, x, !complete, pass);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        INDArray own = layer.getMaskArray();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            var passed = layer.feedForwardMaskArray(mask, MaskState.Active, Sizes.exact("examples", batch));
            return passed == null ? null : passed.getFirst(); // a pooling layer uses the mask up
        } finally {
            layer.setMaskArray(own);
        }
    }

    @Override
    public String toString() {
        return configuration.getClass().getSimpleName() + " of DL4J";
    }
}
