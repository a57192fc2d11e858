package org.revlayers.internal.container;

import java.util.List;
import java.util.function.BiConsumer;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.contract.Layouts;

/** Input types through layers in a row. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Types {

    /** The type behind the layers. */
    public static InputType through(String where, List<Layer> layers, InputType input) {
        return through(where, layers, input, (layer, type) -> {});
    }

    /**
     * The type behind the layers.
     *
     * @param where what messages call the place
     * @param tell  gets every layer with the type of its input
     * @throws IllegalArgumentException if a layer does not read what the one before gives, or not without a preprocessor
     */
    public static InputType through(
            String where, List<Layer> layers, InputType input, BiConsumer<Layer, InputType> tell) {
        InputType type = input;
        for (Layer layer : layers) {
            if (layer.getPreProcessorForInputType(type) != null) {
                throw new IllegalArgumentException(
                        where + ": " + layer.getClass().getSimpleName() + " does not read "
                                + type
                                + " without a preprocessor: put it in front of the container, or use a layer of the same layout");
            }
            try {
                tell.accept(layer, type);
                type = Layouts.output(layer, type);
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
        }
        return type;
    }
}
