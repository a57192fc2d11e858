package org.revlayers.examples;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TokensPreProcessor;
import org.revlayers.reversible.StreamStart;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The shapes of a network's inputs: what {@code --input} says, or what the layer that reads an input tells.
 *
 * @param given  one per input, in the network's order; empty to ask the layers
 * @param tokens for layers that tell their features only
 * @param images how images and volumes lie in memory
 */
record InputShapes(List<long[]> given, long tokens, CNN2DFormat images) {

    /** Throws unless every input or none is given. */
    void check(List<String> inputs) {
        if (!given.isEmpty() && given.size() != inputs.size()) {
            throw new IllegalArgumentException("--input must be given once per input of the model, in this order: "
                    + inputs + "; got " + given.size());
        }
    }

    /**
     * The type of one input.
     *
     * @param index of the input
     * @param name  for messages
     * @param told  by a layer that reads it; null if none does
     */
    InputType of(int index, String name, InputType told) {
        if (given.isEmpty()) {
            if (told == null) {
                throw new IllegalArgumentException("the layer behind " + name + " does not tell the input's shape:"
                        + " give it with --input, for instance --input 3,224,224");
            }
            return told;
        }
        InputType said = type(given.get(index));
        if (told != null && !fits(told, said)) {
            throw new IllegalArgumentException("the layer behind " + name + " reads " + told + ", but --input gives "
                    + said + ": leave --input out");
        }
        return said;
    }

    private InputType type(long[] shape) {
        return switch (shape.length) {
            case 1 -> InputType.feedForward(shape[0]);
            case 2 -> InputType.recurrent(shape[1], shape[0], RNNFormat.NWC);
            case 3 -> InputType.convolutional(shape[1], shape[2], shape[0], images);
            default -> InputType.convolutional3D(
                    images == CNN2DFormat.NHWC ? Convolution3D.DataFormat.NDHWC : Convolution3D.DataFormat.NCDHW,
                    shape[1],
                    shape[2],
                    shape[3],
                    shape[0]);
        };
    }

    private static boolean fits(InputType told, InputType said) {
        if (told instanceof InputType.InputTypeRecurrent t) {
            return said instanceof InputType.InputTypeRecurrent r && r.getSize() == t.getSize()
                    || said instanceof InputType.InputTypeFeedForward f && f.getSize() == t.getSize();
        }
        return told.equals(said)
                || told instanceof InputType.InputTypeFeedForward // rows that a preprocessor makes images of
                        && said instanceof InputType.InputTypeConvolutional
                        && told.arrayElementsPerExample() == said.arrayElementsPerExample();
    }

    /** The layer that reads what this one gets: the first inside a container, the one that is frozen. */
    static Layer innermost(Layer layer) {
        if (layer instanceof FrozenLayer f) {
            return innermost(f.getLayer());
        }
        if (layer instanceof FrozenLayerWithBackprop f) {
            return innermost(f.getUnderlying());
        }
        boolean splits = layer instanceof ReversibleChain c
                && c.getStem().isEmpty()
                && c.getStart() == StreamStart.SPLIT; // its first layer reads half of the features
        return layer instanceof ContainerLayer c && !splits && !c.innerLayers().isEmpty()
                ? innermost(c.innerLayers().values().iterator().next())
                : layer;
    }

    /**
     * What a layer tells about its input; null if it does not.
     *
     * @param before the preprocessor in front of it; may be null
     */
    InputType told(Layer reader, InputPreProcessor before) {
        Layer layer = innermost(reader);
        if (before instanceof FeedForwardToCnnPreProcessor p) {
            return InputType.feedForward(p.getNumChannels() * p.getInputHeight() * p.getInputWidth());
        }
        if (before instanceof TokensPreProcessor && layer instanceof TokenLayer t) {
            return InputType.recurrent(t.getNIn(), tokens, RNNFormat.NCW);
        }
        if (layer instanceof PatchEmbedding p) {
            return InputType.convolutional(p.getHeight(), p.getWidth(), p.getNIn(), CNN2DFormat.NCHW);
        }
        if (layer instanceof TokenEmbedding t) {
            return InputType.feedForward(t.getNIn());
        }
        if (layer instanceof TokenLayer t) {
            return InputType.recurrent(t.getNIn(), tokens, RNNFormat.NWC);
        }
        if (before != null) {
            return null; // the layer only knows what the preprocessor makes of the input
        }
        if (layer instanceof EmbeddingSequenceLayer e) {
            return InputType.feedForward(e.isInferInputLength() ? tokens : e.getInputLength());
        }
        if (layer instanceof EmbeddingLayer) {
            return InputType.feedForward(1);
        }
        if (layer instanceof Convolution1DLayer c) {
            return InputType.recurrent(c.getNIn(), tokens, c.getRnnDataFormat());
        }
        if (layer instanceof BaseRecurrentLayer r) {
            return InputType.recurrent(r.getNIn(), tokens, r.getRnnDataFormat());
        }
        if (layer instanceof DenseLayer d) {
            return InputType.feedForward(d.getNIn());
        }
        return layer instanceof OutputLayer o ? InputType.feedForward(o.getNIn()) : null;
    }

    /** Reads {@code 3,224,224}. */
    static final class Converter implements ITypeConverter<long[]> {
        @Override
        public long[] convert(String value) {
            long[] shape = value.matches("\\d{1,9}(,\\d{1,9}){0,3}")
                    ? Arrays.stream(value.split(",")).mapToLong(Long::parseLong).toArray()
                    : new long[0];
            if (shape.length == 0 || LongStream.of(shape).anyMatch(n -> n == 0)) {
                throw new TypeConversionException("a shape without the batch is FEATURES, TOKENS,FEATURES,"
                        + " CHANNELS,DEPTH,HEIGHT,WIDTH or CHANNELS,HEIGHT,WIDTH, for instance 3,224,224; got "
                        + value);
            }
            return shape;
        }
    }
}
