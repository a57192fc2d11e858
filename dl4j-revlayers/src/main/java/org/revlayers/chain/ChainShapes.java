package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.container.Types;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** Input types through a chain: every sub-block has to map its own to the same. */
final class ChainShapes {

    private ChainShapes() {}

    /** The type of one stream. */
    static InputType stream(ReversibleChain chain, InputType input) {
        InputType first = through(chain, "stem", chain.getStem(), input, (layer, type) -> {});
        return chain.getStart() == StreamStart.SPLIT
                ? new Features(chain).resized(first, size -> half(chain, size))
                : first;
    }

    /** The type of the merged streams, in front of the exit. */
    static InputType merged(StreamLayer chain, InputType stream) {
        return chain.merge() == StreamMerge.CONCAT ? new Features(chain).resized(stream, size -> 2 * size) : stream;
    }

    static InputType output(ReversibleChain chain, InputType input) {
        InputType stream = stream(chain, input);
        for (SubBlock block : chain.getSubBlocks()) {
            InputType out = through(chain, block.getName(), layers(block), stream, (layer, type) -> {});
            if (!out.equals(stream)) {
                throw new IllegalArgumentException("chain \"" + chain.getLayerName()
                        + "\" needs equal input and output shapes, sub-block \"" + block.getName() + "\" maps " + stream
                        + " to " + out + ": end the chain before it");
            }
        }
        return through(chain, "exit", chain.getExit(), merged(chain, stream), (layer, type) -> {});
    }

    /** Tells every layer the size of its input. */
    static void setInputs(ReversibleChain chain, InputType input, boolean override) {
        through(chain, "stem", chain.getStem(), input, (layer, type) -> layer.setNIn(type, override));
        InputType stream = stream(chain, input);
        for (SubBlock block : chain.getSubBlocks()) {
            through(chain, block.getName(), layers(block), stream, (layer, type) -> layer.setNIn(type, override));
        }
        through(chain, "exit", chain.getExit(), merged(chain, stream), (layer, type) -> layer.setNIn(type, override));
    }

    private static List<Layer> layers(SubBlock block) {
        List<Layer> layers = new ArrayList<>(block.getEntry());
        layers.addAll(block.getFunction());
        return layers;
    }

    private static InputType through(
            ReversibleChain chain,
            String where,
            List<Layer> layers,
            InputType input,
            BiConsumer<Layer, InputType> tell) {
        return Types.through("chain \"" + chain.getLayerName() + "\", \"" + where + "\"", layers, input, tell);
    }

    private static long half(StreamLayer chain, long features) {
        if (features % 2 != 0) {
            throw new IllegalArgumentException("chain \"" + chain.getLayerName()
                    + "\" splits its features in two halves, so it needs an even number of them; it has " + features);
        }
        return features / 2;
    }
}
