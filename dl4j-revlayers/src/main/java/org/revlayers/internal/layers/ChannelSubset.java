package org.revlayers.internal.layers;

import lombok.EqualsAndHashCode;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** Channels from to to (inclusive) of images. DL4J 1.0.0-M2.1's own vertex takes the right ones and says a wrong number of them (from − to + 1). */
@EqualsAndHashCode(callSuper = true)
public class ChannelSubset extends SubsetVertex {

    private static final long serialVersionUID = 1L;

    /** Of [mb, channels, height, width]. */
    public ChannelSubset(@JsonProperty("from") int from, @JsonProperty("to") int to) {
        super(from, to);
    }

    @Override
    public ChannelSubset clone() {
        return new ChannelSubset(getFrom(), getTo());
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... inputs) throws InvalidInputTypeException {
        InputType.InputTypeConvolutional image = (InputType.InputTypeConvolutional) inputs[0];
        return InputType.convolutional(
                image.getHeight(), image.getWidth(), getTo() - getFrom() + 1L, image.getFormat());
    }
}
