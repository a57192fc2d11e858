package org.revlayers.container;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.inner.InPlaceNorms;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Keeping;
import org.revlayers.internal.inner.NormHosts;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.InPlaceBatchNorm;
import org.revlayers.layers.NormLayer;

/**
 * Layers one after another (Back Razor, NeurIPS 2022) whose forward is dense and of whose activations backward gets the largest values only.
 *
 * <pre>
 *   x̂ = x where |x| is among the largest (1 − prune)·m of its example; else the mean of what is dropped of the example on its side of 0, or 0
 *       ({@link RazorFill}; the paper has 0)
 *   dense, convolution          dx, db exact      dW = the layer's own formula with x̂ for x; all kinds (depthwise, transposed, 1-D, 3-D,
 *                               dilated, NHWC), those without a host of this library if their activation function is the identity
 *   batch normalisation         exact mean and variance; dx and dGamma from ẑ, the normalised input thinned; frozen: exact, nothing kept
 *   this library's norms        exact mean and variance; dx and dGamma from ẑ, the normalised input thinned, frozen or not
 *   attention, MLP              dx exact, the first weight's gradient from x̂; what they keep inside: their own {@code thinning}
 *   transformer blocks          nothing is kept in front of one that has a {@code thinning}, the input as it is otherwise
 *   ReLU                        exact, 1 bit per element
 *   in-place batch norms        exact, see {@link InPlaceBatchNorm}; with {@link Memory#inPlace()} all of DL4J's that this library has a host for
 *   GELU, swish                 see {@link ActivationMemory}; 2 bits per element unless set otherwise
 *   dropout                     exact, nothing
 *   averages, padding, cropping exact, nothing; upsampling and space to depth or batch too
 *   SubsamplingLayer of maxima  exact; a byte per maximum for its place
 *   all other layers            exact: their input stays dense, for they compute again from it (the norm of a pooling, say), unless
 *                               they are given a thinning by name; {@link #denseInputs()} names them
 * </pre>
 *
 * <p>Kept per thinned array of n elements: n/8 bytes of bitmap and (1 − prune)·n values of 4, 2 or 1 byte, with means another n/8 bytes,
 * one copy where several layers read it; for the first layer nothing, for the network keeps its input. What is not read in backward is not kept.
 *
 * <p>For layers that {@code onDisk} names, what is kept waits on a disk between forward and backward, in the form that it would have in memory, unless it is
 * smaller than 4 KiB: 0 bytes, the same bits, as many bytes written in a step and read again. Around them memory holds 9 MiB of buffers, and what two
 * neighbouring layers keep, while backward runs. The last layer is read first: leave it out.
 *
 * <p>In training only: the output has the same bits with and without, and {@code setMemory(Memory.store())} on a live configuration switches the
 * razor off from the next step on (dense arrays, exact gradients; ReLUs keep their bit), any other value on again. That goes for {@link #equip equipped}
 * transformer blocks too, such as a conversion makes; a razor that was set on a block itself stays as it is. Parameters do not depend on it: a model
 * file loads either way. They are named {@code layer.parameter}.
 *
 * <pre>{@code
 * new RazorSequence.Builder()
 *         .layers(convolution, new BatchNormalization(), new ActivationLayer(Activation.RELU), pooling)
 *         .memory(Memory.razor(0.9))
 *         .memory("conv3", Memory.razor(0.8).values(RazorValues.FULL))
 *         .dense("conv1")
 *         .build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class RazorSequence extends LayerSequence {

    private static final long serialVersionUID = 1L;

    private static final double PRUNE = 0.9;

    /** For all layers without one of their own; null switches the razor off. */
    private @Nullable Thinning thinning = new Thinning(PRUNE, RazorValues.FP16);

    /** By the names of layers, also of those inside residual units. */
    private Map<String, Thinning> thinnings = new LinkedHashMap<>();

    /** Names of layers whose inputs stay as they are. */
    private List<String> dense = new ArrayList<>();

    /** Names of layers whose input, and what they keep inside, waits on a disk. */
    private List<String> onDisk = new ArrayList<>();

    /** What smooth activation functions keep. */
    private ActivationMemory activations = ActivationMemory.TWO_BIT;

    /**
     * Whether an input that would be kept as it is is not, where the layer in front is a chain that can make it of its end state: one with elementwise functions alone
     * behind its streams. The same bits. {@link org.revlayers.Lean#join} sets it.
     */
    private boolean rebuilding;

    /**
     * What DL4J's batch normalisations inside are, as model files say it; programs use {@link #setMemory(Memory)}. Null for what they are by themselves, 0 for frozen statistics,
     * and the slope of the leaky ReLU in the place of a ReLU behind them.
     */
    private @Nullable Double inPlace;

    /** The layers on tokens that are thinned inside as this sequence is, by what the names of their parameters begin with. */
    @Setter(AccessLevel.NONE)
    private List<String> equipped = new ArrayList<>();

    /** Whether attention in these layers keeps its probabilities. */
    @Setter(AccessLevel.NONE)
    private boolean probabilities;

    private RazorSequence(Builder builder) {
        super(builder);
        thinning = builder.thinning;
        dense = new ArrayList<>(builder.dense);
        onDisk = new ArrayList<>(builder.onDisk);
        builder.own.forEach((layer, memory) -> {
            RazorMemory.fits(layer, memory, builder.activations);
            put(layer, RazorMemory.own(layer, memory));
        });
        activations = builder.activations;
        inPlace = builder.inPlace;
        rebuilding = builder.rebuilding;
    }

    private void put(String layer, Thinning own) {
        if (own == null) {
            dense.add(layer);
            thinnings.remove(layer);
        } else {
            dense.remove(layer);
            thinnings.put(layer, own);
        }
    }

    /**
     * How all layers without a memory of their own are kept from the next step on, those that are {@link #equip equipped} too: {@code razor}, {@code
     * half}, {@code int8}, or {@code store()}, which switches the razor off; {@code inPlace()}, which does so too, is for {@link #norms() batch normalisations}.
     */
    @JsonIgnore
    public void setMemory(Memory memory) {
        Thinning all = RazorMemory.thinning(memory);
        if (equipped.isEmpty()) {
            RazorMemory.requireNoProbabilities(memory);
        }
        if (all != null) {
            activations = memory.thin().activations();
            probabilities = memory.thin().probabilities();
        }
        inPlace = RazorMemory.inPlace(memory);
        setThinning(all);
    }

    /** As {@link #setMemory(Memory)}, for the layer of this name. */
    public void setMemory(String layer, Memory own) {
        RazorMemory.fits(layer, own, activations);
        put(layer, RazorMemory.own(layer, own));
        tune();
    }

    /** As model files say it; programs use {@link #setMemory(Memory)}. Null switches the razor off. */
    public void setThinning(Thinning thinning) {
        this.thinning = thinning;
        tune();
    }

    /** As model files say it; programs use {@link #setMemory(String, Memory)}. */
    public void setThinnings(Map<String, Thinning> thinnings) {
        this.thinnings = thinnings;
        tune();
    }

    /** As {@link #setMemory(Memory)}: names of layers whose inputs stay as they are. */
    public void setDense(List<String> dense) {
        this.dense = dense;
        tune();
    }

    /** As {@link #setMemory(Memory)}: what smooth activation functions keep. */
    public void setActivations(ActivationMemory activations) {
        this.activations = checked(activations);
        tune();
    }

    /**
     * Lets the layers on tokens inside, at any depth, thin what they keep themselves, as this sequence says from now on; those that have a razor
     * of their own keep it.
     *
     * @param keepProbabilities whether attention keeps its probabilities
     */
    public void equip(boolean keepProbabilities) {
        probabilities = keepProbabilities;
        equipped = new ArrayList<>();
        TokenRazors.onTokens("", this, (path, token) -> {
            if (token.getRazor() == null) {
                equipped.add(path);
            }
        });
        tune();
    }

    /** Takes the razors back that {@link #equip} has given. */
    public void unequip() {
        TokenRazors.onTokens("", this, (path, token) -> {
            if (equipped.contains(path)) {
                token.setRazor(null);
            }
        });
        equipped = new ArrayList<>();
    }

    private void tune() {
        if (!equipped.isEmpty()) {
            TokenRazors.onTokens("", this, (path, token) -> {
                if (equipped.contains(path)) {
                    token.setRazor(TokenRazors.of(this, token.getLayerName()));
                }
            });
        }
    }

    /**
     * The layers inside whose backward gets its input as it was, by what the names of their parameters begin with (without the last dot), and why
     * for each: those that run as DL4J implements them and compute again from it, for one, and with {@code stockHosts} most are of this kind. Layers
     * that read the sequence's own input are not among them: the network keeps that.
     */
    public Map<String, String> denseInputs() {
        return DenseInputs.of(
                this, InnerLayers.Setting.outline(getNetworkType(), hosts()).with(this::keeping));
    }

    /**
     * The layers inside that learn and whose activations this sequence thins: what a choice of ratios by layer is about.
     *
     * @param input type of the sequence's input
     */
    public List<ThinnedLayer> thinnedLayers(InputType input) {
        return ThinnedLayers.of(this, input);
    }

    /**
     * The batch normalisations inside under {@code inPlace()}, by what the names of their parameters begin with (without the last dot), and what has become of each, or why it
     * is as it was. None otherwise.
     */
    public Map<String, String> norms() {
        return inPlace == null ? Map.of() : NormsInside.of(this, this::keeping);
    }

    /** Whether leaky ReLUs of {@code Memory.inPlace(slope)} are in the place of ReLUs behind batch normalisations inside. */
    @JsonIgnore
    public boolean isLeaky() {
        return inPlace != null && inPlace > 0 && norms().values().stream().anyMatch(told -> !NormHosts.isLeft(told));
    }

    @Override
    public InnerModel inner(INDArray parameters, InnerLayers.Setting setting) {
        if (inPlace != null && !setting.isOwn()) {
            throw new IllegalStateException(title()
                    + " has batch normalisations in place, which this library's hosts compute, in FLOAT and DOUBLE; got "
                    + setting.type() + " and hosts " + setting.hosts()
                    + ": set the memory store(), or convert the network's type");
        }
        InnerNetwork network = network(parameters, setting.with(this::keeping));
        return rebuilding ? network.lean() : network;
    }

    private static ActivationMemory checked(ActivationMemory activations) {
        if (activations == ActivationMemory.RECOMPUTE) {
            throw new IllegalArgumentException(
                    "a razor sequence keeps each layer's input by itself and cannot compute an activation function's"
                            + " output again; got RECOMPUTE: use DENSE, TWO_BIT, FP16 or THINNED, or a CheckpointSequence");
        }
        return activations;
    }

    private Keeping keeping(Layer layer) {
        return inMemory(layer).moved(onDisk.contains(String.valueOf(layer.getLayerName())));
    }

    private Keeping inMemory(Layer layer) {
        String name = String.valueOf(layer.getLayerName());
        boolean norm = layer instanceof BatchNormalization || layer instanceof NormLayer;
        boolean readsNetwork = norm && layer == getLayers().get(0);
        if (inPlace != null && !dense.contains(name)) {
            return Keeping.WITH_MASKS.norms(new InPlaceNorms(inPlace));
        }
        if (thinning == null || dense.contains(name) || readsNetwork) {
            return Keeping.WITH_MASKS;
        }
        Thinning own = thinnings.get(name);
        Keeper keeper = Keeper.thinned(own == null ? thinning : own);
        return new Keeping(keeper, own == null ? Keeper.DENSE : keeper, activations, true);
    }

    @Override
    protected List<Object> keepingOptions() {
        List<Object> options = super.keepingOptions();
        options.add(thinning == null ? "off" : thinning);
        options.add(Map.copyOf(thinnings));
        options.add(List.copyOf(dense));
        options.add(List.copyOf(onDisk));
        options.add(activations);
        options.add(rebuilding);
        options.add(inPlace == null ? "as they are" : inPlace);
        return options;
    }

    @Override
    protected String title() {
        return "razor sequence \"" + getLayerName() + "\"";
    }

    @Override
    public RazorSequence clone() {
        RazorSequence copy = (RazorSequence) super.clone();
        copy.thinnings = new LinkedHashMap<>(thinnings);
        copy.dense = new ArrayList<>(dense);
        copy.onDisk = new ArrayList<>(onDisk);
        copy.equipped = new ArrayList<>(equipped);
        return copy;
    }

    /** Builds a {@link RazorSequence}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends LayerSequence.Builder<Builder> {

        private @Nullable Thinning thinning = new Thinning(PRUNE, RazorValues.FP16);
        private @Nullable Double inPlace;
        private final Map<String, Memory> own = new LinkedHashMap<>();
        private final List<String> dense = new ArrayList<>();
        private final List<String> onDisk = new ArrayList<>();
        private ActivationMemory activations = ActivationMemory.TWO_BIT;
        private boolean rebuilding;

        /**
         * For all layers without one of their own, and what smooth activation functions keep: {@code razor}, {@code half}, {@code int8}, or {@code store()} for a
         * razor that is off, as it is with {@code inPlace()}; {@code razor(0.9)} if not set.
         */
        public Builder memory(Memory memory) {
            thinning = RazorMemory.thinning(memory);
            inPlace = RazorMemory.inPlace(memory);
            RazorMemory.requireNoProbabilities(memory);
            if (thinning != null) {
                activations = memory.thin().activations();
            }
            return stockHosts(memory.stockHosts());
        }

        /**
         * For the layer of this name, whatever kind it is: {@code razor}, {@code half} or {@code int8}, one that computes again from its input then computes from
         * x̂; {@code store()} is as {@link #dense}.
         */
        public Builder memory(String layer, Memory memory) {
            RazorMemory.own(layer, memory);
            own.put(layer, memory);
            return this;
        }

        /** Layers whose inputs stay as they are, by name. */
        public Builder dense(String... names) {
            dense.addAll(List.of(names));
            return this;
        }

        /** Layers whose input, and what they keep inside, waits on a disk, by name. */
        public Builder onDisk(String... names) {
            onDisk.addAll(List.of(names));
            return this;
        }

        /** Whether inputs are made of the end state of a chain in front where they can: {@link #isRebuilding}. */
        public Builder rebuilding(boolean on) {
            rebuilding = on;
            return this;
        }

        /** What smooth activation functions keep: two bits if not set. */
        public Builder activations(ActivationMemory rule) {
            activations = checked(rule);
            return this;
        }

        @Override
        public RazorSequence build() {
            return new RazorSequence(this);
        }
    }
}
