package org.revlayers.layers;

import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.layers.PatchTokens;

/**
 * An image {@code [mb, channels, height, width]} to tokens {@code [mb, tokens, features]}: non-overlapping square patches, row by row,
 * each through one linear layer; a class token in front if asked for; a learned position embedding added.
 *
 * <pre>tokens = (classToken ? 1 : 0) + (height / patch)·(width / patch)</pre>
 *
 * <p>Parameters: {@code patchW [channels·patch·patch, features]} (channel, row, column), {@code patchB}, {@code classToken}, {@code
 * position [tokens, features]}. Another image size needs another position embedding: {@code PositionEmbedding.resize}.
 *
 * <p>Kept for backward: the image, by the network. Exact. Source: ViT (arXiv 2010.11929), section 3.1.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class PatchEmbedding extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private int patch;
    private boolean classToken = true;
    private long height;
    private long width;

    private PatchEmbedding(Builder builder) {
        super(builder);
        this.patch = builder.patch;
        this.classToken = builder.classToken;
        initializeConstraints(builder);
    }

    long columns() {
        return width / patch;
    }

    long patches() {
        return height / patch * columns();
    }

    /** Tokens of an image, the class token among them. */
    public long tokenCount() {
        return patches() + (classToken ? 1 : 0);
    }

    long patchLength() {
        return getNIn() * patch * patch;
    }

    @Override
    protected void validate() {
        if (patch <= 0 || height <= 0 || width <= 0 || height % patch != 0 || width % patch != 0) {
            throw new IllegalStateException("PatchEmbedding \"" + getLayerName()
                    + "\" needs an image whose sides are multiples of the patch; got " + height + " x " + width
                    + " and patch " + patch + ": set the network's input type to InputType.convolutional(height, width,"
                    + " channels), or resize the images");
        }
        if (getNOut() <= 0) {
            throw new IllegalStateException(
                    "PatchEmbedding \"" + getLayerName() + "\" needs nOut, the features per token");
        }
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        if (input instanceof InputType.InputTypeConvolutional c && c.getFormat() == CNN2DFormat.NCHW) {
            setNIn(c.getChannels());
            height = c.getHeight();
            width = c.getWidth();
        } else if (input instanceof InputType.InputTypeConvolutionalFlat c) {
            setNIn(c.getDepth());
            height = c.getHeight();
            width = c.getWidth();
        } else {
            throw new IllegalStateException("PatchEmbedding \"" + getLayerName()
                    + "\" reads InputType.convolutional(height, width, channels) in NCHW; got " + input);
        }
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        if (height <= 0) {
            setNIn(input, false);
        }
        return classToken
                ? InputType.recurrent(getNOut(), tokenCount(), RNNFormat.NWC)
                : new PatchTokens(getNOut(), tokenCount());
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return input instanceof InputType.InputTypeConvolutionalFlat c
                ? new FeedForwardToCnnPreProcessor(c.getHeight(), c.getWidth(), c.getDepth())
                : null;
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        long out = getNOut();
        ParamSpec weight = ParamSpec.weight("patchW", patchLength(), out);
        ParamSpec bias = ParamSpec.bias("patchB", out);
        ParamSpec position =
                new ParamSpec("position", new long[] {tokenCount(), out}, ParamSpec.Kind.BIAS, out, out, 0);
        return classToken
                ? List.of(weight, bias, ParamSpec.bias("classToken", out), position)
                : List.of(weight, bias, position);
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new PatchEmbeddingHost(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return List.of(Prediction.shared("input", getNIn() * height * width));
    }

    /** Builds a {@link PatchEmbedding}; set {@code nOut} to the features per token. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private final int patch;
        private boolean classToken = true;

        /** @param patch side of a patch in pixels */
        public Builder(int patch) {
            this.patch = patch;
            this.biasInit = 0.0;
        }

        /** Whether a learned class token is put in front (default). */
        public Builder classToken(boolean on) {
            this.classToken = on;
            return this;
        }

        @Override
        public PatchEmbedding build() {
            return new PatchEmbedding(this);
        }
    }
}
