package org.revlayers.examples;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TokenLayer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The shapes of a network's inputs: what {@code --input} says, or what the layer that reads an input tells.
 *
 * @param given  one per input, in the network's order; empty to ask the layers
 * @param tokens for layers that tell their features only
 * @param images how images lie in memory
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
            default -> InputType.convolutional(shape[1], shape[2], shape[0], images);
        };
    }

    private static boolean fits(InputType told, InputType said) {
        if (told instanceof InputType.InputTypeRecurrent t) {
            return said instanceof InputType.InputTypeRecurrent r && r.getSize() == t.getSize()
                    || said instanceof InputType.InputTypeFeedForward f && f.getSize() == t.getSize();
        }
        return told.equals(said);
    }

    /**
     * What a layer tells about its input; null if it does not.
     *
     * @param before the preprocessor in front of it; may be null
     */
    InputType told(Layer reader, InputPreProcessor before) {
        Layer layer = reader instanceof FrozenLayer f ? f.getLayer() : reader;
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
            long[] shape = value.matches("\\d{1,9}(,\\d{1,9}){0,2}")
                    ? Arrays.stream(value.split(",")).mapToLong(Long::parseLong).toArray()
                    : new long[0];
            if (shape.length == 0 || LongStream.of(shape).anyMatch(n -> n == 0)) {
                throw new TypeConversionException("a shape without the batch is FEATURES, TOKENS,FEATURES or"
                        + " CHANNELS,HEIGHT,WIDTH, for instance 3,224,224; got " + value);
            }
            return shape;
        }
    }
}
