package org.revlayers.internal.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.Wrappers;

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
                Layer copy = Wrappers.copy(layer);
                if (copy.getPreProcessorForInputType(at) != null) {
                    return null;
                }
                at = Layouts.output(copy, at);
            }
        } catch (RuntimeException e) {
            return null; // DL4J's layers refuse an input of another kind in many ways
        }
        return at;
    }

    /** What the first layer that knows it reads; any number if none does. */
    private static long features(List<Layer> layers) {
        return layers.stream()
                .mapToLong(Wrappers::reads)
                .filter(n -> n > 0)
                .findFirst()
                .orElse(3);
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
