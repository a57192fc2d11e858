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

/**
 * Tokens {@code [mb, tokens, features]} to one vector {@code [mb, features]} per example: the first (class) token, or the mean over the
 * tokens that a mask {@code [mb, tokens]} shows. Keeps nothing. Exact.
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

    private Kind kind = Kind.CLASS_TOKEN;

    private TokenPooling(Builder builder) {
        super(builder);
        this.kind = builder.kind;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return InputType.feedForward(features(input));
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

        /** Weight of each token in the mean, {@code [mb, tokens, 1]}: mask / number shown; of an array like the input. */
        private INDArray shares(INDArray x) {
            INDArray shares;
            if (maskArray == null) {
                shares = Nd4j.valueArrayOf(new long[] {x.size(0), x.size(1)}, 1.0 / x.size(1), dataType);
            } else {
                shares = maskArray.castTo(dataType).dup('c');
                INDArray shown = shares.sum(true, 1);
                shares.diviColumnVector(Transforms.max(shown, 1));
            }
            return shares.reshape('c', x.size(0), x.size(1), 1);
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

        /** @param kind class token or mean */
        public Builder(Kind kind) {
            this.kind = kind;
        }

        @Override
        public TokenPooling build() {
            return new TokenPooling(this);
        }
    }
}
