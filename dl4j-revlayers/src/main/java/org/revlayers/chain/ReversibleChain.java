package org.revlayers.chain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import lombok.experimental.Accessors;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.revlayers.layers.KeptTensor;
import org.revlayers.layers.PredictsKept;

/**
 * A reversible dual-residual chain: one layer to the network, a list of {@link SubBlock}s inside, of whose activations nothing outlives the
 * forward pass but the end state and a few side bits.
 *
 * <pre>
 *   xᵢ = Fᵢ(rᵢ(xᵢ₋₁)) + α·rᵢ(xᵢ₋₁) + yᵢ₋₁      yᵢ = β·xᵢ₋₁      output = exit(xₙ)      x₀ = stem(input)
 *   backward: xᵢ₋₁ from yᵢ, Fᵢ computed again, yᵢ₋₁ = xᵢ − Fᵢ − α·rᵢ(xᵢ₋₁)
 * </pre>
 *
 * <p>(α, β) = (1, 0) is the pretrained residual network (not invertible: STORE and CHECKPOINT only), (1, 1/8) is Dr²Net's start, (0, 1) is
 * Re2TAL and RevNet (with {@link StreamStart#SPLIT} and {@link StreamMerge#CONCAT} its pair form y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁)).
 *
 * <p>Shapes: any layout; every sub-block maps its input to the same shape.
 *
 * <p>Parameters are named {@code subBlock.layer.parameter}: DL4J splits its own keys at underscores, so none may be in these names.
 *
 * <p>Kept for backward with REVERSE and EXACT streams: 4 bytes per element for y and 4 for x (none for x while it is exact in the output
 * that the network keeps), and ⌈log₂⌈1/β⌉⌉ side bits per element and sub-block: none at β = 1, 3 at β = 1/8. Exact gradients: the same
 * bits as with STORE. The layers inside must give equal bits for equal inputs; a checksum of the start state proves every reconstruction.
 *
 * <p>Sources: Dr²Net (arXiv 2401.04105), Re2TAL (arXiv 2211.14053), RevNet (arXiv 1707.04585); exact integer streams are this library's.
 * Not supported inside: weight noise, layers with state between steps, TBPTT. To DL4J the chain is one layer: its own gradient normalisation
 * takes all of its parameters together (without one, each layer inside has its own), and input dropout that the network sets for all layers
 * acts on the chain's input; updaters, regularisation, weight initialisation and activation functions are handed on to the layers inside.
 *
 * <pre>{@code
 * new ReversibleChain.Builder()
 *         .subBlock(SubBlock.of("attention0", new LayerNormalization.Builder().build(), new MultiHeadSelfAttention.Builder(12).build()))
 *         .subBlock(SubBlock.of("mlp0", new LayerNormalization.Builder().build(), new TransformerMlp.Builder(3072).build()))
 *         .schedule(CoefficientSchedule.builder().totalIterations(1000).build())
 *         .build()
 * }</pre>
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class ReversibleChain extends BaseLayer implements PredictsKept {

    private static final long serialVersionUID = 1L;

    private List<SubBlock> subBlocks = new ArrayList<>();
    private List<Layer> stem = new ArrayList<>();
    private List<Layer> exit = new ArrayList<>();
    private CoefficientSchedule schedule = CoefficientSchedule.constant(0, 1);
    private ChainMode mode = ChainMode.REVERSE;
    private StreamType streams;
    private StreamStart start = StreamStart.BETA_X0;
    private StreamMerge merge = StreamMerge.X_ONLY;
    private double tolerance = 1e-3;
    private boolean verify = true;
    private boolean stockHosts;

    /** What this chain was converted from, for {@code Reversify.restore}; empty if it was written as a chain. */
    private List<Layer> origin = new ArrayList<>();

    /**
     * Names of the graph's vertices that this chain was converted from, in the order of {@link #innerLayers()} with each sub-block's addition
     * behind its layers; empty if there was no graph.
     */
    private List<String> vertices = new ArrayList<>();

    /** Whether inputs are [mb, tokens, features] or [mb, height, width, channels]; set from the input type, null without one. */
    private Boolean featuresLast;

    /** S of the integer streams, value = integer·2^−S; null until the first forward has seen the range. */
    private Integer streamScale;

    /** Whether S follows the range that training sees; it is saved with the model. */
    private boolean scaleFollowsRange = true;

    /** Whether the layer behind writes over the chain's output, as input dropout does; set by the first backward that finds it so. */
    private boolean outputOverwritten;

    /** Of the network that was last made from this configuration, or null. */
    @JsonIgnore
    @Getter(AccessLevel.PACKAGE)
    @Setter(AccessLevel.NONE)
    @EqualsAndHashCode.Exclude
    @ToString.Exclude
    private transient DataType networkType;

    private ReversibleChain(Builder builder) {
        super(builder);
        subBlocks = new ArrayList<>(builder.subBlocks);
        stem = builder.stem;
        exit = builder.exit;
        schedule = builder.schedule;
        mode = builder.mode;
        streams = builder.streams;
        start = builder.start;
        merge = builder.merge;
        tolerance = builder.tolerance;
        verify = builder.verify;
        stockHosts = builder.stockHosts;
        streamScale = builder.streamScale;
        scaleFollowsRange = builder.streamScale == null;
        initializeConstraints(builder);
    }

    /** The axis of the features (or channels) of an array: without an input type, of tokens the last one, of images the second. */
    int featureAxis(int rank) {
        return (featuresLast == null ? rank == 3 : featuresLast) ? rank - 1 : 1;
    }

    /** The numbers of the streams in a network of this type. */
    StreamType streamsIn(DataType type) {
        return streams != null ? streams : type == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.EXACT;
    }

    /** The mode of a sub-block. */
    ChainMode modeOf(SubBlock block) {
        return block.getMode() == null ? mode : block.getMode();
    }

    /** The coefficients of a sub-block in the step with this number, α being the weight on r(x). */
    Coefficients coefficients(SubBlock block, int iteration) {
        Coefficients c = schedule.at(iteration);
        return block.isResidual() ? c : c.withoutAlpha();
    }

    /** The layers inside, in the order of their parameters, with the prefixes of their names. */
    List<ChainPart> parts() {
        return ChainPart.of(this);
    }

    /** The layers inside, in the order of their parameters, by what the names of these begin with. */
    public Map<String, Layer> innerLayers() {
        Map<String, Layer> layers = new LinkedHashMap<>();
        parts().forEach(part -> layers.put(part.prefix(), part.layer()));
        return layers;
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int layerIndex,
            INDArray paramsView,
            boolean initializeParams,
            DataType type) {
        ChainCheck.check(this, type);
        networkType = type;
        ChainHost host = new ChainHost(conf, type);
        host.setListeners(listeners);
        host.setIndex(layerIndex);
        host.setParamsViewArray(paramsView);
        host.setParamTable(initializer().init(conf, paramsView, initializeParams));
        host.setConf(conf);
        host.makeLayers();
        return host;
    }

    @Override
    public ParamInitializer initializer() {
        ChainPart.inherit(this);
        return ChainInitializer.INSTANCE;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return ChainShapes.output(this, input);
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        ChainPart.inherit(this);
        ChainShapes.setInputs(this, input, override);
        InputType stream = ChainShapes.stream(this, input);
        featuresLast = stream instanceof InputType.InputTypeRecurrent r && r.getFormat() == RNNFormat.NWC
                || stream instanceof InputType.InputTypeConvolutional c && c.getFormat() == CNN2DFormat.NHWC;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return parts().isEmpty() ? null : parts().get(0).layer().getPreProcessorForInputType(input);
    }

    @Override
    public List<Regularization> getRegularizationByParam(String name) {
        ChainPart part = ChainPart.owner(this, name);
        return part.regularization(this, part.local(name));
    }

    @Override
    public IUpdater getUpdaterByParam(String name) {
        ChainPart part = ChainPart.owner(this, name);
        return part.updater(this, part.local(name));
    }

    /** Before a network is made: the default of the layers inside. Later, as in transfer learning: for all of them. */
    @Override
    public void setIUpdater(IUpdater updater) {
        super.setIUpdater(updater);
        overrule(layer -> layer.setIUpdater(null));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setBiasUpdater(IUpdater updater) {
        super.setBiasUpdater(updater);
        overrule(layer -> layer.setBiasUpdater(null));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setRegularization(List<Regularization> regularization) {
        super.setRegularization(regularization);
        overrule(layer -> layer.setRegularization(new ArrayList<>()));
    }

    /** As {@link #setIUpdater}. */
    @Override
    public void setRegularizationBias(List<Regularization> regularization) {
        super.setRegularizationBias(regularization);
        overrule(layer -> layer.setRegularizationBias(new ArrayList<>()));
    }

    private void overrule(Consumer<BaseLayer> forget) {
        if (networkType != null) {
            parts().forEach(part -> {
                if (part.layer() instanceof BaseLayer layer) {
                    forget.accept(layer);
                }
            });
        }
    }

    @Override
    public boolean isPretrainParam(String name) {
        return false;
    }

    @Override
    public List<KeptTensor> predictKept(InputType input, int iteration) {
        return ChainPlan.of(this, iteration).predict(this, input, iteration);
    }

    @Override
    public InputType typeOf(long... shape) {
        int axis = shape.length > 2 ? featureAxis(shape.length) : 1;
        return switch (shape.length) {
            case 3 -> axis == 2
                    ? InputType.recurrent(shape[2], shape[1], RNNFormat.NWC)
                    : InputType.recurrent(shape[1], shape[2], RNNFormat.NCW);
            case 4 -> axis == 3
                    ? InputType.convolutional(shape[1], shape[2], shape[3], CNN2DFormat.NHWC)
                    : InputType.convolutional(shape[2], shape[3], shape[1], CNN2DFormat.NCHW);
            default -> PredictsKept.super.typeOf(shape);
        };
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return PredictsKept.report(this, this, input);
    }

    @Override
    public ReversibleChain clone() {
        ReversibleChain copy = (ReversibleChain) super.clone();
        copy.subBlocks = new ArrayList<>(subBlocks.stream().map(SubBlock::copy).toList());
        copy.stem = new ArrayList<>(stem.stream().map(Layer::clone).toList());
        copy.exit = new ArrayList<>(exit.stream().map(Layer::clone).toList());
        copy.origin = new ArrayList<>(origin.stream().map(Layer::clone).toList());
        copy.vertices = new ArrayList<>(vertices);
        return copy;
    }

    /** Builds a {@link ReversibleChain}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    @Setter
    @Accessors(fluent = true)
    public static final class Builder extends BaseLayer.Builder<Builder> {

        @Setter(AccessLevel.NONE)
        private final List<SubBlock> subBlocks = new ArrayList<>();

        @Setter(AccessLevel.NONE)
        private List<Layer> stem = new ArrayList<>();

        @Setter(AccessLevel.NONE)
        private List<Layer> exit = new ArrayList<>();

        /** α and β over the training; (0, 1) for ever if not set. */
        private CoefficientSchedule schedule = CoefficientSchedule.constant(0, 1);

        /** For sub-blocks without a mode of their own; REVERSE if not set. */
        private ChainMode mode = ChainMode.REVERSE;

        /** Numbers of the streams; EXACT for FLOAT networks and DOUBLE for DOUBLE ones if not set. */
        private StreamType streams;

        /** How the streams begin; BETA_X0 if not set. */
        private StreamStart start = StreamStart.BETA_X0;

        /** How the streams end; X_ONLY if not set. */
        private StreamMerge merge = StreamMerge.X_ONLY;

        /** Relative error of a reconstruction that FLOAT and DOUBLE streams may reach before they are anchored; 1e-3 if not set. */
        private double tolerance = 1e-3;

        /** Whether exact streams compare checksums of the states that every backward ends at; on if not set. */
        private boolean verify = true;

        /** Whether stock layers run as DL4J implements them instead of on this library's hosts. */
        private boolean stockHosts;

        /**
         * S of exact streams: resolution 2^−S, range ±2^(31−S). If not set it is chosen from the range that the first forward sees, and made
         * coarser, between steps, if the range grows.
         */
        private Integer streamScale;

        /** Appends a sub-block. */
        public Builder subBlock(SubBlock block) {
            subBlocks.add(block);
            return this;
        }

        /**
         * Layers in front of the streams, such as an embedding. The network then does not keep their output: backward computes them again
         * from the chain's input.
         */
        public Builder stem(Layer... layers) {
            stem = new ArrayList<>(List.of(layers));
            return this;
        }

        /** What the pretrained network applies after its last addition. */
        public Builder exit(Layer... layers) {
            exit = new ArrayList<>(List.of(layers));
            return this;
        }

        @Override
        public ReversibleChain build() {
            return new ReversibleChain(this);
        }
    }
}
