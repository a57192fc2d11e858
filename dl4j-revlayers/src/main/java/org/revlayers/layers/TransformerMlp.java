package org.revlayers.layers;

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
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.Curve;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Mlp;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.Weights;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/**
 * Two linear layers with a smooth activation between them, y = f(x·W1 + b1)·W2 + b2, applied to every token; without residual edge or
 * norm. One layer to the network, so that the hidden activation is kept as {@link ActivationMemory} says and not by the network.
 *
 * <p>Shapes: {@code [mb, tokens, nIn]} or {@code [mb, nIn]} to the same with nOut. Parameters {@code fc1W [nIn, hidden]}, {@code fc1B},
 * {@code fc2W [hidden, nOut]}, {@code fc2B}. Exact with {@link ActivationMemory#DENSE} and {@code RECOMPUTE}, unless
 * there is a {@link TokenRazor}.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class TransformerMlp extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private long hidden;
    private Curve curve = Curve.GELU;
    private ActivationMemory activationMemory = ActivationMemory.DENSE;

    private TransformerMlp(Builder builder) {
        super(builder);
        this.hidden = builder.hidden;
        this.curve = builder.curve;
        this.activationMemory = builder.activationMemory;
        setRazor(builder.razor);
        initializeConstraints(builder);
    }

    @Override
    protected void validate() {
        if (hidden <= 0 || getNIn() <= 0 || getNOut() <= 0) {
            throw new IllegalStateException("TransformerMlp \"" + getLayerName()
                    + "\" needs nIn, hidden and nOut > 0; got " + getNIn() + ", " + hidden + ", " + getNOut());
        }
        activationMemory.validate("TransformerMlp \"" + getLayerName() + "\"", thinning() != null);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return input instanceof InputType.InputTypeRecurrent
                ? super.getOutputType(layerIndex, input)
                : InputType.feedForward(getNOut());
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return Mlp.params(getNIn(), hidden, getNOut());
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new Host(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>();
        kept.add(Prediction.shared("input", tokens(input) * getNIn()));
        kept.addAll(Mlp.predict(effective(activationMemory), tokens(input) * hidden, thinning()));
        return kept;
    }

    static final class Host extends ProductHost<TransformerMlp> {
        private static final long serialVersionUID = 1L;

        Host(NeuralNetConfiguration conf, DataType type) {
            super(conf, type, Mlp.OUT_B);
        }

        private Mlp maths() {
            return new Mlp(
                    layerConf().getCurve(), layerConf().effective(layerConf().getActivationMemory()), learns());
        }

        @Override
        protected boolean isForWeights(String kept) {
            return super.isForWeights(kept) || layerConf().thinning() == null && kept.equals(Mlp.HIDDEN);
        }

        @Override
        protected void forward(INDArray x, Weights w, INDArray out, ActivationStore store) {
            maths().forward(x, w, out, false, store);
        }

        @Override
        protected void backward(LinearInput x, INDArray dy, Weights w, INDArray dx, ActivationStore store) {
            maths().backward(x, dy, w, dx, false, store);
        }
    }

    /** Builds a {@link TransformerMlp}. */
    @Setter
    @Accessors(fluent = true)
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final long hidden;

        /** The activation; GELU (erf) if not set. */
        private Curve curve = Curve.GELU;

        /** What the activation keeps. */
        private ActivationMemory activationMemory = ActivationMemory.DENSE;

        @Setter(AccessLevel.NONE)
        private TokenRazor razor;

        /** @param hidden features of the hidden layer */
        public Builder(long hidden) {
            this.hidden = hidden;
            this.biasInit = 0.0;
        }

        /** How what is inside is kept; sets {@link #activationMemory} and the razor together. */
        public Builder memory(Memory memory) {
            BlockMemory chosen = BlockMemory.ofOne(memory);
            this.activationMemory = chosen.activation();
            this.razor = chosen.razor();
            return this;
        }

        @Override
        public TransformerMlp build() {
            return new TransformerMlp(this);
        }
    }
}
