package org.revlayers.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/**
 * Tells from configurations alone whether layers in a row give back the shape that they get: a graph's configuration does not say what
 * shapes it is used with, so a few odd ones of the right number of features are sent through.
 */
final class ShapeProbe {

    private static final int HEIGHT = 37;
    private static final int WIDTH = 41;
    private static final int DEPTH = 43;

    private ShapeProbe() {}

    /** Whether there is a kind of input that the layers read as it is and map to its own shape. */
    static boolean keeps(List<Layer> layers) {
        return types(layers).stream().anyMatch(type -> type.equals(through(layers, type)));
    }

    /** What the layers make of the shape that they read, in words; null if they keep it. */
    static String change(List<Layer> layers) {
        if (keeps(layers)) {
            return null;
        }
        for (InputType type : types(layers)) {
            InputType to = through(layers, type);
            if (to != null) {
                String before = words(type);
                String after = words(to);
                return before.equals(after)
                        ? "they change the size of " + before + ", by a stride, padding or pooling"
                        : "they turn " + before + " into " + after;
            }
        }
        return "there is no kind of input that all of them read without a preprocessor";
    }

    private static List<InputType> types(List<Layer> layers) {
        long features = features(layers);
        return List.of(
                InputType.convolutional(HEIGHT, WIDTH, features, CNN2DFormat.NCHW),
                InputType.convolutional(HEIGHT, WIDTH, features, CNN2DFormat.NHWC),
                InputType.feedForward(features),
                InputType.recurrent(features, WIDTH, RNNFormat.NCW),
                InputType.recurrent(features, WIDTH, RNNFormat.NWC),
                InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, DEPTH, HEIGHT, WIDTH, features),
                InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, DEPTH, HEIGHT, WIDTH, features));
    }

    /** The type behind the layers; null if one of them does not read what it would get as it is. */
    private static InputType through(List<Layer> layers, InputType type) {
        InputType at = type;
        try {
            for (Layer layer : layers) {
                Layer copy = Frozen.copy(layer);
                if (copy.getPreProcessorForInputType(at) != null) {
                    return null;
                }
                at = output(copy, at);
            }
        } catch (RuntimeException e) {
            return null; // DL4J's layers refuse an input of another kind in many ways
        }
        return at;
    }

    /** M2.1's concatenating {@link Bidirectional} forgets how long the sequence is. */
    private static InputType output(Layer layer, InputType input) {
        InputType output = layer.getOutputType(-1, input);
        return Frozen.thawed(layer) instanceof Bidirectional
                        && input instanceof InputType.InputTypeRecurrent from
                        && output instanceof InputType.InputTypeRecurrent to
                ? InputType.recurrent(to.getSize(), from.getTimeSeriesLength(), to.getFormat())
                : output;
    }

    /** What the first layer that knows it reads; any number if none does. */
    private static long features(List<Layer> layers) {
        return layers.stream()
                .mapToLong(ShapeProbe::reads)
                .filter(n -> n > 0)
                .findFirst()
                .orElse(3);
    }

    /** What a layer, or the one that it wraps, reads; 0 if it does not say. */
    private static long reads(Layer layer) {
        Layer thawed = Frozen.thawed(layer);
        if (thawed instanceof FeedForwardLayer f) {
            return f.getNIn();
        }
        if (thawed instanceof Bidirectional both) {
            return reads(both.getFwd());
        }
        if (thawed instanceof BaseWrapperLayer wrapper) {
            return reads(wrapper.getUnderlying());
        }
        if (thawed instanceof SelfAttentionLayer attention) {
            return attention.getNIn();
        }
        if (thawed instanceof LearnedSelfAttentionLayer attention) {
            return attention.getNIn();
        }
        return thawed instanceof RecurrentAttentionLayer attention ? attention.getNIn() : 0;
    }

    private static String words(InputType type) {
        if (type instanceof InputType.InputTypeConvolutional t) {
            return "images of " + t.getChannels() + " channels";
        }
        if (type instanceof InputType.InputTypeConvolutional3D t) {
            return "volumes of " + t.getChannels() + " channels";
        }
        if (type instanceof InputType.InputTypeRecurrent t) {
            return "sequences of " + t.getSize() + " features";
        }
        return type instanceof InputType.InputTypeFeedForward t ? "vectors of " + t.getSize() : type.toString();
    }
}
