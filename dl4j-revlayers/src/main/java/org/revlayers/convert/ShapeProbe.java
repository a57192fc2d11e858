package org.revlayers.convert;

import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;

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
        long features = features(layers);
        return List.of(
                        InputType.convolutional(HEIGHT, WIDTH, features, CNN2DFormat.NCHW),
                        InputType.convolutional(HEIGHT, WIDTH, features, CNN2DFormat.NHWC),
                        InputType.feedForward(features),
                        InputType.recurrent(features, WIDTH, RNNFormat.NCW),
                        InputType.recurrent(features, WIDTH, RNNFormat.NWC),
                        InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, DEPTH, HEIGHT, WIDTH, features),
                        InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, DEPTH, HEIGHT, WIDTH, features))
                .stream()
                .anyMatch(type -> keeps(layers, type));
    }

    private static boolean keeps(List<Layer> layers, InputType type) {
        InputType at = type;
        try {
            for (Layer layer : layers) {
                Layer copy = layer.clone();
                if (copy.getPreProcessorForInputType(at) != null) {
                    return false;
                }
                at = copy.getOutputType(-1, at);
            }
        } catch (RuntimeException e) {
            return false; // DL4J's layers refuse an input of another kind in many ways
        }
        return type.equals(at);
    }

    /** What the first layer that knows it reads; any number if none does. */
    private static long features(List<Layer> layers) {
        return layers.stream()
                .map(Frozen::thawed)
                .filter(l -> l instanceof FeedForwardLayer f && f.getNIn() > 0)
                .map(l -> ((FeedForwardLayer) l).getNIn())
                .findFirst()
                .orElse(3L);
    }
}
