package org.revlayers.layers;

import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.ParamSpec;

/**
 * Token ids {@code [mb, tokens]} to {@code [mb, tokens, features]}: a learned vector per word and one per position.
 *
 * <pre>y[b, t] = word[id[b, t]] + position[t] + type</pre>
 *
 * <p>Ids are whole numbers in the network's floating-point type (exact up to 16,777,216 in FLOAT), 0 ≤ id &lt; vocabulary; padding is hidden
 * by the mask of the layers behind. Fewer tokens than positions are fine. The input type is {@code InputType.feedForward(tokens)}.
 *
 * <p>Parameters: {@code word [vocabulary, features]}, {@code position [positions, features]}, {@code type [features]} (of token type 0:
 * single sentences). Follow it with a {@link LayerNormalization} for BERT.
 *
 * <p>Kept for backward: the ids, by the network. Exact; gradients are added up in the order of the batch, so they are the same bits every
 * time. The ids have no gradient: zeros are passed on. The word gradient is dense, as DL4J's updaters want it. Source: BERT (arXiv
 * 1810.04805). Not supported: sentence pairs (token type 1).
 *
 * <pre>{@code
 * new TokenEmbedding.Builder(30522, 512).nOut(384).build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class TokenEmbedding extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private long vocabulary;
    private long positions;

    private TokenEmbedding(Builder builder) {
        super(builder);
        this.vocabulary = builder.vocabulary;
        this.positions = builder.positions;
        initializeConstraints(builder);
    }

    @Override
    protected void validate() {
        if (vocabulary <= 0 || getNOut() <= 0 || getNIn() <= 0 || getNIn() > positions) {
            throw new IllegalStateException("TokenEmbedding \"" + getLayerName()
                    + "\" needs a vocabulary and nOut > 0 and 1 to " + positions + " tokens; got vocabulary "
                    + vocabulary + ", nOut " + getNOut() + ", tokens " + getNIn()
                    + ": set the input type to InputType.feedForward(tokens), and cut longer texts");
        }
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        if (!(input instanceof InputType.InputTypeFeedForward f)) {
            throw new IllegalStateException("TokenEmbedding \"" + getLayerName()
                    + "\" reads ids, that is InputType.feedForward(tokens); got " + input);
        }
        setNIn(f.getSize());
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return InputType.recurrent(getNOut(), features(input), RNNFormat.NWC);
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return List.of(
                ParamSpec.weight("word", vocabulary, getNOut()),
                ParamSpec.weight("position", positions, getNOut()),
                ParamSpec.bias("type", getNOut()));
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new TokenEmbeddingHost(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of(Prediction.shared("input", features(input)));
    }

    /** Builds a {@link TokenEmbedding}; set {@code nOut} to the features per token. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final long vocabulary;
        private final long positions;

        /**
         * @param vocabulary number of words
         * @param positions  the most tokens in a text
         */
        public Builder(long vocabulary, long positions) {
            this.vocabulary = vocabulary;
            this.positions = positions;
            this.biasInit = 0.0;
        }

        @Override
        public TokenEmbedding build() {
            return new TokenEmbedding(this);
        }
    }
}
