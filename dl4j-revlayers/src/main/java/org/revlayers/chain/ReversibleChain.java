package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import lombok.experimental.Accessors;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.container.RecurrentPart;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

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
 * <p>{@link CoefficientSchedule#momentum} is the Momentum ResNet: F weighs 1 − γ and (α, β) = (1 + γ, −γ). {@link CoefficientSchedule#randomSigns} is
 * BDIA: xₖ₊₁ = (1 + γ)·F(xₖ) + (1 − γ)·xₖ + γ·xₖ₋₁ with γ = ±g by sub-block and sample in training, the plain network in inference; the
 * batch is the first axis. Frozen, such a chain is the plain network too, and keeps its sub-blocks' inputs while a gradient passes.
 *
 * <p>Shapes: any layout; every sub-block maps its input to the same shape.
 *
 * <p>Parameters are named {@code subBlock.layer.parameter}: DL4J splits its own keys at underscores, so none may be in these names.
 *
 * <p>Kept for backward with REVERSE and EXACT streams: 4 bytes per element for y and 4 for x (none for x while it is exact in the output
 * that the network keeps), and ⌈log₂⌈1/|β|⌉⌉ side bits per element and sub-block: none at β = 1, 3 at β = 1/8. Exact gradients: the same
 * bits as with STORE. The layers inside must give equal bits for equal inputs; a checksum of the start state proves every reconstruction.
 *
 * <p>A chain may be a layer of another container or of another chain's sub-block: the same bits, and x is kept beside the output.
 *
 * <p>Sources: Dr²Net (arXiv 2401.04105), Re2TAL (arXiv 2211.14053), RevNet (arXiv 1707.04585), Momentum ResNet (arXiv 2102.07870), BDIA (arXiv
 * 2407.09093), Reversing Large Language Models (Gal et al., arXiv 2512.02056). Exact reversal by integers is not this library's alone: BDIA has it at |γ| = ½ with a side
 * bit, bitwise reversible integrators have it; at any (α, β), with the fewest side bits, it is.
 *
 * <pre>{@code
 * new ReversibleChain.Builder()
 *         .subBlock(SubBlock.of("attention0", new LayerNormalization.Builder().build(), new MultiHeadSelfAttention.Builder(12).build()))
 *         .subBlock(SubBlock.of("mlp0", new LayerNormalization.Builder().build(), new TransformerMlp.Builder(3072).build()))
 *         .schedule(CoefficientSchedule.builder().totalIterations(1000).build())
 *         .build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class ReversibleChain extends StreamLayer {

    private static final long serialVersionUID = 1L;

    private List<SubBlock> subBlocks = new ArrayList<>();
    private List<Layer> stem = new ArrayList<>();
    private List<Layer> exit = new ArrayList<>();
    private CoefficientSchedule schedule = CoefficientSchedule.constant(0, 1);
    private StreamStart start = StreamStart.BETA_X0;
    private StreamMerge merge = StreamMerge.X_ONLY;

    /** What this chain was converted from, for {@code Lean.restore}; empty if it was written as a chain. */
    private List<Layer> origin = new ArrayList<>();

    /**
     * Names of the graph's vertices that this chain was converted from, in the order of {@link #innerLayers()} with each sub-block's addition
     * behind its layers; of transformer blocks, in the order of {@link #getOrigin()}; empty if there was no graph.
     */
    private List<String> vertices = new ArrayList<>();

    /**
     * Where on the schedule the chain is: the updates that its network has made since the chain was made. Part of the configuration, because DL4J
     * loses a network's iteration count in most of the ways to copy one; a frozen chain's does not move. Null in files of versions that had none: then
     * it begins at the network's iteration count.
     */
    private @Nullable Integer scheduleStep;

    /**
     * The network's count of updates when the chain stood there. What the count gains without the chain, which is what training on Spark does to the driver's
     * network, the chain gains too. Null in files of versions that had none.
     */
    private @Nullable Integer networkStep;

    /** Whether the layer behind writes over the chain's output, as input dropout does; set by the first backward that finds it so. */
    private boolean outputOverwritten;

    private ReversibleChain(Builder builder) {
        super(builder);
        subBlocks = new ArrayList<>(builder.subBlocks);
        stem = builder.stem;
        exit = builder.exit;
        schedule = builder.schedule;
        start = builder.start;
        merge = builder.merge;
        scheduleStep = builder.scheduleStep;
        initializeConstraints(builder);
    }

    /** The mode of a sub-block. */
    ChainMode modeOf(SubBlock block) {
        return block.getMode() == null ? getMode() : block.getMode();
    }

    private int step() {
        return scheduleStep == null ? 0 : scheduleStep;
    }

    /** α and β of the step that comes next. */
    public Coefficients coefficients() {
        return schedule.at(step());
    }

    /** α and β of inference: those of the step that comes next, but (1, 0) where signs are random. */
    public Coefficients inference() {
        return schedule.inference(step());
    }

    @Override
    boolean infersPlain() {
        return !inference().equals(coefficients());
    }

    /** α of a sub-block is the weight on r(x). */
    @Override
    Plan plan(StreamType type, boolean training) {
        Coefficients c = training ? coefficients() : inference();
        boolean each = c.form() == ChainForm.DUAL_RESIDUAL || c.b() == 0;
        return Plan.of(
                type,
                getTolerance(),
                subBlocks.stream().map(this::modeOf).toList(),
                subBlocks.stream()
                        .map(block -> block.isResidual() || !each ? c : c.withoutAlpha())
                        .toList(),
                Coefficients::errorGrowth);
    }

    @Override
    boolean isResidual(int subBlock) {
        return subBlocks.get(subBlock).isResidual();
    }

    @Override
    @Nullable
    TwoStep twoStep(long seed, boolean training) {
        return training || !infersPlain() ? TwoStep.of(coefficients(), seed, step()) : null;
    }

    @Override
    protected List<Part> parts() {
        return new ChainParts(this).all();
    }

    /** Of transformer blocks: each block's, as in the network that they come from. */
    @Override
    protected List<List<Part>> normalisedTogether() {
        return origin.isEmpty() ? super.normalisedTogether() : new ChainParts(this).byTransformerBlock();
    }

    @Override
    protected List<Part> partsNear(String parameter) {
        return new ChainParts(this).near(parameter);
    }

    @Override
    protected String title() {
        return "chain \"" + getLayerName() + "\"";
    }

    @Override
    protected String naming() {
        return "subBlock.layer.parameter";
    }

    @Override
    protected void check(DataType type) {
        ChainCheck.check(this);
        super.check(type);
    }

    @Override
    protected ChainHost host(NeuralNetConfiguration conf, DataType type) {
        return RecurrentPart.of(this) == null ? new ChainHost(conf, type) : new ChainHost.Recurrent(conf, type);
    }

    @Override
    ChainBranches branches(@Nullable INDArray parameters, InnerLayers.Setting setting) {
        return ChainBranches.of(this, setting, parameters);
    }

    /** By γ y begins with 0. */
    @Override
    StreamStart start() {
        return schedule.getForm() == ChainForm.DUAL_RESIDUAL ? start : StreamStart.ZERO;
    }

    @Override
    StreamMerge merge() {
        return merge;
    }

    @Override
    InputType stream(InputType input) {
        return ChainShapes.stream(this, input);
    }

    /** The chain takes a step on its schedule. */
    @Override
    void updated(int iteration) {
        scheduleStep = scheduleStep == null ? iteration : scheduleStep + 1;
        networkStep = iteration + 1;
    }

    @Override
    protected void counted(int updates, boolean trained) {
        super.counted(updates, trained);
        if (scheduleStep == null) {
            scheduleStep = updates;
        } else if (trained && missed(updates)) {
            scheduleStep += updates - networkStep;
        }
        networkStep = updates;
    }

    @Override
    protected boolean isBehind(int updates) {
        return missed(updates) || super.isBehind(updates);
    }

    private boolean missed(int updates) {
        return networkStep != null && updates > networkStep;
    }

    @Override
    boolean leavesOutput() {
        return exit.isEmpty() && !outputOverwritten;
    }

    @Override
    void noteOverwritten() {
        outputOverwritten = true;
    }

    @Override
    boolean readsInput() {
        return !stem.isEmpty();
    }

    /** As a layer of another container. */
    @Override
    public InnerModel inner(@Nullable INDArray parameters, InnerLayers.Setting setting) {
        setOutputOverwritten(true); // by the layer behind, perhaps: the end state is kept beside the output
        return super.inner(parameters, setting);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return ChainShapes.output(this, input);
    }

    @Override
    protected void tellInputs(InputType input, boolean override) {
        ChainShapes.setInputs(this, input, override);
    }

    @Override
    protected InputType layoutOf(InputType input) {
        return stream(input);
    }

    @Override
    public ReversibleChain clone() {
        ReversibleChain copy = (ReversibleChain) super.clone();
        copy.subBlocks = new ArrayList<>(subBlocks.stream().map(SubBlock::copy).toList());
        copy.stem = copies(stem);
        copy.exit = copies(exit);
        copy.origin = copies(origin);
        copy.vertices = new ArrayList<>(vertices);
        return copy;
    }

    /** Builds a {@link ReversibleChain}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    @Setter
    @Accessors(fluent = true)
    public static final class Builder extends StreamLayer.Builder<Builder> {

        @Setter(AccessLevel.NONE)
        private final List<SubBlock> subBlocks = new ArrayList<>();

        @Setter(AccessLevel.NONE)
        private List<Layer> stem = new ArrayList<>();

        @Setter(AccessLevel.NONE)
        private List<Layer> exit = new ArrayList<>();

        /** α and β over the training; (0, 1) for ever if not set. */
        private CoefficientSchedule schedule = CoefficientSchedule.constant(0, 1);

        /** How the streams begin; BETA_X0 if not set. */
        private StreamStart start = StreamStart.BETA_X0;

        /** How the streams end; X_ONLY if not set. */
        private StreamMerge merge = StreamMerge.X_ONLY;

        /** Where on the schedule the chain begins: 0 if not set. */
        private int scheduleStep;

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
