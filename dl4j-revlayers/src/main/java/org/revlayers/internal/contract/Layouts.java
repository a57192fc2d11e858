package org.revlayers.internal.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeRecurrent;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;

/**
 * Which input type an array has. A shape alone does not tell: {@code [mb, 4, 7]} is 4 features in 7 steps (NCW) or 7 features in 4 steps (NWC),
 * and DL4J keeps no input type in a configuration. What a layer makes of the array decides.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Layouts {

    /**
     * Every type that an array of this shape may have, DL4J's default first: NCW and NWC of rank 3, NCHW and NHWC of rank 4, NCDHW and NDHWC of
     * rank 5, one type of rank 2, none of others.
     *
     * @param shape with the examples in front
     */
    public static List<InputType> of(long... shape) {
        return switch (shape.length) {
            case 2 -> List.of(InputType.feedForward(shape[1]));
            case 3 -> List.of(
                    InputType.recurrent(shape[1], shape[2], RNNFormat.NCW),
                    InputType.recurrent(shape[2], shape[1], RNNFormat.NWC));
            case 4 -> List.of(
                    InputType.convolutional(shape[2], shape[3], shape[1], CNN2DFormat.NCHW),
                    InputType.convolutional(shape[1], shape[2], shape[3], CNN2DFormat.NHWC));
            case 5 -> List.of(
                    InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, shape[2], shape[3], shape[4], shape[1]),
                    InputType.convolutional3D(Convolution3D.DataFormat.NDHWC, shape[1], shape[2], shape[3], shape[4]));
            default -> List.of();
        };
    }

    /**
     * The type with which a layer gives an output of this shape: what the layer says itself ({@link PredictsKept#typeOf}) before {@link #of}.
     *
     * @param input  shape, with the examples in front
     * @param output shape, with the examples in front
     * @return null if none fits, also where the layer throws for all of them
     */
    public static InputType between(Layer layer, long[] input, long[] output) {
        List<InputType> types = new ArrayList<>();
        if (layer instanceof PredictsKept predicts) {
            try {
                types.add(predicts.typeOf(input));
            } catch (RuntimeException | LinkageError e) {
                types.clear(); // it says nothing; the layouts may still do
            }
        }
        types.addAll(of(input));
        return types.stream()
                .filter(type -> gives(layer, type, output))
                .findFirst()
                .orElse(null);
    }

    /**
     * What a layer makes of an input: its own answer, where M2.1's is right. Global pooling says that a sequence stays one, and gives a vector;
     * Bidirectional layers that concatenate forget the length.
     */
    public static InputType output(Layer layer, InputType input) {
        InputType output = layer.getOutputType(-1, input);
        if (!(input instanceof InputTypeRecurrent in) || !(output instanceof InputTypeRecurrent out)) {
            return output;
        }
        Layer thawed = Wrappers.thawed(layer);
        if (thawed instanceof GlobalPoolingLayer pooling && pooling.isCollapseDimensions()) {
            return InputType.feedForward(in.getSize());
        }
        return thawed instanceof Bidirectional && out.getTimeSeriesLength() <= 0
                ? InputType.recurrent(out.getSize(), in.getTimeSeriesLength(), out.getFormat())
                : output;
    }

    /** Whether a layer gives an output of this shape for an input of this type; false where it throws. */
    public static boolean gives(Layer layer, InputType input, long... output) {
        try {
            return Arrays.equals(output(layer, input).getShape(), Arrays.copyOfRange(output, 1, output.length));
        } catch (RuntimeException | LinkageError e) {
            return false; // of another layout, say
        }
    }
}
