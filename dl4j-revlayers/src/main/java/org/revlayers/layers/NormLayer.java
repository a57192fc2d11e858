package org.revlayers.layers;

import java.util.List;
import java.util.function.Function;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.function.Norm;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.ParamSpec;

/**
 * A normalisation over the features of {@code [mb, tokens, features]} or {@code [mb, features]} as a layer of its own. Keeps one or two
 * numbers per token; input and output are kept by the network anyway, so nothing else is.
 *
 * <p>Exact, except behind another layer of a {@code RazorSequence}: there it keeps its normalised input z, thinned, instead
 * of the input, and one exact number per token,
 *
 * <pre>
 *   g = dy·gamma      dx = rstd·(g − mean(g) − ẑ·mean(g ⊙ ẑ))      dGamma = Σ dy ⊙ ẑ      dBeta = Σ dy      (RMSNorm: without mean(g))
 * </pre>
 *
 * <p>so that what was dropped counts as close to the mean of its token, not to 0. See {@link LayerNormalization}, {@link MemorySharingLayerNorm}, {@link MemorySharingRmsNorm}.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public abstract class NormLayer extends TokenLayer {

    private double normEps = 1e-6;

    /** From a builder. */
    protected NormLayer(Builder<?, ?> builder) {
        super(builder);
        this.normEps = builder.normEps;
        initializeConstraints(builder);
    }

    /** The statistic. */
    protected abstract Norm kind();

    /** Whether gamma and beta exist. */
    protected boolean affine() {
        return true;
    }

    NormUnit unit() {
        return new NormUnit(kind(), normEps, affine(), true, "norm");
    }

    @Override
    protected void validate() {
        if (getNIn() <= 0 || getNIn() != getNOut()) {
            throw new IllegalStateException(getClass().getSimpleName() + " \"" + getLayerName()
                    + "\" needs equal input and output sizes > 0; got " + getNIn() + " and " + getNOut());
        }
    }

    @Override
    protected boolean keepsSize() {
        return true;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return input instanceof InputType.InputTypeRecurrent ? super.getOutputType(layerIndex, input) : input;
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return NormUnit.params("norm", kind(), affine(), getNIn());
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new NormHost(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return unit().predict(tokens(input), getNIn(), true);
    }

    /** Common options. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public abstract static class Builder<T extends Builder<T, L>, L extends NormLayer>
            extends FeedForwardLayer.Builder<T> {
        private final Function<T, L> layer;
        private double normEps = 1e-6;

        /** Biases start at zero. */
        protected Builder(Function<T, L> layer) {
            this.layer = layer;
            this.biasInit = 0.0;
        }

        @Override
        public L build() {
            return layer.apply((T) this);
        }

        /** Added to the variance or mean square: 1e-6 for ViT (default), 1e-12 for BERT. */
        public T eps(double eps) {
            this.normEps = eps;
            return (T) this;
        }
    }
}
