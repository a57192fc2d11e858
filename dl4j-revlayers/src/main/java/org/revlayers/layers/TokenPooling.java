package org.revlayers.layers;

import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.PatchTokens;

/**
 * Tokens {@code [mb, tokens, features]} to one vector {@code [mb, features]} per example: the first (class) token, or the mean over the
 * tokens that a mask {@code [mb, tokens]} shows. Keeps nothing. Exact.
 *
 * <p>A token that was fused of others ({@code TransformerBlock.countFused}) counts in the mean for as many as it stands for: what the mask says, Σ m_t·x_t / Σ m_t,
 * or, without a mask, all that are missing of {@code fusedFrom} tokens.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class TokenPooling extends TokenLayer {

    private static final long serialVersionUID = 1L;

    /** What becomes of the tokens. */
    public enum Kind {
        /** The first token. */
        CLASS_TOKEN,
        /** The mean of the unmasked tokens. */
        MEAN
    }

    /** {@link #fusedFrom} of a number that only a mask tells. */
    public static final long BY_MASK = -1;

    private Kind kind = Kind.CLASS_TOKEN;
    private long fusedFrom;

    private TokenPooling(Builder builder) {
        super(builder);
        this.kind = builder.kind;
        this.fusedFrom = builder.fusedFrom;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return InputType.feedForward(features(input));
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        super.setNIn(input, override);
        if (kind == Kind.CLASS_TOKEN) {
            PatchTokens.requireClassToken(input, "TokenPooling \"" + getLayerName() + "\"", "use Kind.MEAN");
        }
    }

    @Override
    protected boolean keepsSize() {
        return true;
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return List.of();
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new Host(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of();
    }

    static final class Host extends TokenHost<TokenPooling> {
        private static final long serialVersionUID = 1L;

        Host(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }

        @Override
        public long[] outputShape(long... input) {
            return new long[] {input[0], input[input.length - 1]};
        }

        @Override
        public boolean readsInput() {
            return false;
        }

        /** Weight of each token in the mean, {@code [mb, tokens, 1]}: mask / its sum; of an array like the input. */
        private INDArray shares(INDArray x) {
            INDArray shares;
            if (maskArray == null) {
                long last = lastStandsFor(x.size(1));
                shares = Nd4j.valueArrayOf(new long[] {x.size(0), x.size(1)}, 1.0 / (x.size(1) - 1 + last), dataType);
                shares.getColumn(x.size(1) - 1).muli(last);
            } else {
                shares = maskArray.castTo(dataType).dup('c');
                INDArray shown = shares.sum(true, 1);
                shares.diviColumnVector(Transforms.max(shown, 1));
            }
            return shares.reshape('c', x.size(0), x.size(1), 1);
        }

        /** For how many the last of so many tokens stands, where no mask says it. */
        private long lastStandsFor(long tokens) {
            long from = layerConf().getFusedFrom();
            if (from == BY_MASK) {
                throw new IllegalStateException("TokenPooling \"" + layerConf().getLayerName()
                        + "\" is the mean over tokens the last of which is fused of several, and nothing says of how many: give a features mask"
                        + " (ones, if all tokens are shown), or leave them out with fuse(false)");
            }
            return from > tokens ? from - tokens + 1 : 1;
        }

        @Override
        protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
            if (layerConf().getKind() == Kind.CLASS_TOKEN) {
                out.assign(x.get(NDArrayIndex.all(), NDArrayIndex.point(0), NDArrayIndex.all()));
            } else {
                out.assign(x.mul(shares(x)).sum(1));
            }
        }

        @Override
        protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
            if (layerConf().getKind() == Kind.CLASS_TOKEN) {
                dx.assign(0);
                dx.get(NDArrayIndex.all(), NDArrayIndex.point(0), NDArrayIndex.all())
                        .assign(dy);
            } else {
                dx.assign(dy.reshape('c', dy.size(0), 1, dy.size(1)).mul(shares(dx)));
            }
        }

        @Override
        public INDArray outputMask(INDArray mask, long batch) {
            return null; // used up
        }

        @Override
        public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int miniBatchSize) {
            setMaskArray(mask);
            return new Pair<>(null, state);
        }
    }

    /** Builds a {@link TokenPooling}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final Kind kind;
        private long fusedFrom;

        /** @param kind class token or mean */
        public Builder(Kind kind) {
            this.kind = kind;
        }

        /**
         * For how many tokens the last one stands where there is no mask: for all that are missing of this number, that of the tokens in front of the first block that
         * fuses some. 0, if not set: the last token is one like the others. {@link #BY_MASK}: only a mask says it, and none is an error.
         */
        public Builder fusedFrom(long tokens) {
            this.fusedFrom = tokens;
            return this;
        }

        @Override
        public TokenPooling build() {
            return new TokenPooling(this);
        }
    }
}
