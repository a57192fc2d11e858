package org.revlayers.layers;

import java.util.Collection;
import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.PatchTokens;
import org.revlayers.keep.ActivationMemory;

/**
 * Base of the layers that work on tokens: {@code [mb, tokens, features]}, DL4J's recurrent format NWC, in C order. That layout lets
 * every linear layer be one matrix product over {@code mb·tokens} rows, without a transpose.
 *
 * <p>A stock layer that gives {@code [mb, features, tokens]} (NCW) is joined through a {@link TokensPreProcessor}, which a network with
 * an input type inserts by itself.
 *
 * <p>A layer is its maths, its config (a subclass of this) and its host (a subclass of {@link TokenHost}).
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public abstract class TokenLayer extends FeedForwardLayer implements PredictsKept {

    /**
     * Back Razor for the activations that this layer keeps for its backward; null keeps them as they are. Layers without such activations
     * ignore it. May be changed between any two steps.
     */
    private @Nullable TokenRazor razor;

    /** From a builder. */
    protected TokenLayer(FeedForwardLayer.Builder<?> builder) {
        super(builder);
    }

    /** How activations are thinned now, or null. */
    final @Nullable Thinning thinning() {
        return razor == null ? null : razor.thinning();
    }

    /** What the activation function of an MLP keeps now. */
    final ActivationMemory effective(ActivationMemory own) {
        if (razor == null) {
            return own == ActivationMemory.THINNED ? ActivationMemory.DENSE : own;
        }
        return razor.activation() == null ? own : razor.activation();
    }

    /** Whether attention keeps its probabilities now. */
    final boolean effective(boolean own) {
        return own || razor != null && razor.probabilities();
    }

    /** The parameters, in the order of their layout. Declared by every layer. */
    protected abstract List<ParamSpec> paramSpecs();

    /** The implementation, without parameters yet. */
    protected abstract TokenHost<?> host(NeuralNetConfiguration conf, DataType type);

    /** An implementation without parameters, to ask what backward reads; it does not run. */
    public final TokenHost<?> outline(NeuralNetConfiguration conf, DataType type) {
        conf.setLayer(this);
        return host(conf, type);
    }

    /** Throws an error that names the invariant if the configuration cannot work. */
    protected void validate() {}

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int layerIndex,
            INDArray paramsView,
            boolean initializeParams,
            DataType type) {
        validate();
        TokenHost<?> host = host(conf, type);
        host.setListeners(listeners);
        host.setIndex(layerIndex);
        host.setParamsViewArray(paramsView);
        host.setParamTable(SpecInitializer.INSTANCE.init(conf, paramsView, initializeParams));
        host.setConf(conf);
        return host;
    }

    @Override
    public ParamInitializer initializer() {
        return SpecInitializer.INSTANCE;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return PatchTokens.behind(input, getNOut(), tokens(input), RNNFormat.NWC);
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        if (getNIn() <= 0 || override) {
            setNIn(features(input));
        }
        if (getNOut() <= 0 || keepsSize()) {
            setNOut(getNIn());
        }
    }

    /** Whether a token has as many features behind the layer as before it, whatever was configured. */
    protected boolean keepsSize() {
        return false;
    }

    /** Features per token of an input. */
    protected long features(InputType input) {
        if (input instanceof InputType.InputTypeRecurrent r) {
            return r.getSize();
        }
        if (input instanceof InputType.InputTypeFeedForward f) {
            return f.getSize();
        }
        throw new IllegalStateException("layer \"" + getLayerName()
                + "\" reads tokens, that is InputType.recurrent(features, tokens, RNNFormat.NWC); got " + input);
    }

    /** Tokens per example of an input: 1 for a feed-forward input. */
    protected long tokens(InputType input) {
        features(input);
        return input instanceof InputType.InputTypeRecurrent r ? r.getTimeSeriesLength() : 1;
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return input instanceof InputType.InputTypeRecurrent r && r.getFormat() == RNNFormat.NCW
                ? new TokensPreProcessor()
                : null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return PredictsKept.report(this, this, input);
    }
}
