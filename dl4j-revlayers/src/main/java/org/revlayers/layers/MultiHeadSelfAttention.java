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
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.keep.TokenRazor;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.SelfAttention;
import org.revlayers.internal.layers.Weights;
import org.revlayers.keep.Memory;

/**
 * Multi-head self-attention: [q k v] = x·Wqkv + bqkv, y = softmax(q·kᵀ/√dim)·v·Wo + bo, without residual edge or norm.
 *
 * <p>Shapes: {@code [mb, tokens, nIn]} to {@code [mb, tokens, nOut]}; a mask {@code [mb, tokens]} hides tokens as keys. Parameters:
 * {@code qkvW [nIn, 3·nOut]} (q, k, v), {@code qkvB}, {@code projW [nOut, nOut]}, {@code projB}.
 *
 * <p>Kept for backward: q, k, v and the attention output, 4·mb·tokens·nOut elements, and one number per head and token; the input by the
 * network. With {@code keepProbabilities} tokens × tokens probabilities per head more. Exact. With a {@link TokenRazor} thinned copies of
 * these, and approximate. Source: Vaswani et al. 2017; the
 * recomputation follows FlashAttention (arXiv 2205.14135).
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class MultiHeadSelfAttention extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private int heads;
    private boolean keepProbabilities;

    private MultiHeadSelfAttention(Builder builder) {
        super(builder);
        this.heads = builder.heads;
        this.keepProbabilities = builder.keepProbabilities;
        setRazor(builder.razor);
        initializeConstraints(builder);
    }

    @Override
    protected void validate() {
        if (heads <= 0 || getNOut() <= 0 || getNOut() % heads != 0 || getNIn() <= 0) {
            throw new IllegalStateException("MultiHeadSelfAttention \"" + getLayerName()
                    + "\" needs nIn > 0 and heads that divide nOut; got nIn " + getNIn() + ", nOut " + getNOut()
                    + ", heads " + heads);
        }
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return SelfAttention.params(getNIn(), getNOut(), getNOut());
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new Host(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>();
        kept.add(Prediction.shared("input", tokens(input) * getNIn()));
        kept.addAll(SelfAttention.predict(tokens(input), getNOut(), heads, effective(keepProbabilities), thinning()));
        return kept;
    }

    static final class Host extends ProductHost<MultiHeadSelfAttention> {
        private static final long serialVersionUID = 1L;

        Host(NeuralNetConfiguration conf, DataType type) {
            super(conf, type, SelfAttention.OUT_B);
        }

        private SelfAttention maths() {
            return new SelfAttention(
                    layerConf().getHeads(), layerConf().effective(layerConf().isKeepProbabilities()));
        }

        @Override
        protected void forward(INDArray x, Weights w, INDArray out, ActivationStore store) {
            maths().forward(x, mask(), w, out, null, store);
        }

        @Override
        protected void backward(LinearInput x, INDArray dy, Weights w, INDArray dx, ActivationStore store) {
            maths().backward(x, dy, mask(), w, dx, false, null, store);
        }
    }

    /** Builds a {@link MultiHeadSelfAttention}. */
    @Setter
    @Accessors(fluent = true)
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final int heads;

        /** Keep the probabilities instead of computing them again: for comparison. */
        private boolean keepProbabilities;

        @Setter(AccessLevel.NONE)
        private TokenRazor razor;

        /** @param heads divide nOut */
        public Builder(int heads) {
            this.heads = heads;
            this.biasInit = 0.0;
        }

        /** How what is inside is kept: as it is, or thinned by a razor. */
        public Builder memory(Memory memory) {
            this.razor = BlockMemory.ofOne(memory).razor();
            return this;
        }

        @Override
        public MultiHeadSelfAttention build() {
            return new MultiHeadSelfAttention(this);
        }
    }
}
