package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;

/** Input types through a chain: every sub-block has to map its own to the same. */
final class ChainShapes {

    private ChainShapes() {}

    /** The type of one stream. */
    static InputType stream(ReversibleChain chain, InputType input) {
        InputType first = input;
        for (Layer layer : chain.getStem()) {
            first = chain.getStem().get(0) == layer
                    ? layer.getOutputType(-1, input)
                    : through(chain, "stem", layer, first);
        }
        return chain.getStart() == StreamStart.SPLIT ? features(chain, first, 1, 2) : first;
    }

    /** The type of the merged streams, in front of the exit. */
    static InputType merged(ReversibleChain chain, InputType stream) {
        return chain.getMerge() == StreamMerge.CONCAT ? features(chain, stream, 2, 1) : stream;
    }

    static InputType output(ReversibleChain chain, InputType input) {
        InputType stream = stream(chain, input);
        for (SubBlock block : chain.getSubBlocks()) {
            InputType out = stream;
            List<Layer> layers = new ArrayList<>(block.getEntry());
            layers.addAll(block.getFunction());
            for (Layer layer : layers) {
                out = through(chain, block.getName(), layer, out);
            }
            if (!out.equals(stream)) {
                throw new IllegalArgumentException("chain \"" + chain.getLayerName()
                        + "\" needs equal input and output shapes, sub-block \"" + block.getName() + "\" maps " + stream
                        + " to " + out + ": end the chain before it");
            }
        }
        InputType merged = merged(chain, stream);
        for (Layer layer : chain.getExit()) {
            merged = through(chain, "exit", layer, merged);
        }
        return merged;
    }

    /** Tells every layer the size of its input. */
    static void setInputs(ReversibleChain chain, InputType input, boolean override) {
        InputType first = input;
        for (Layer layer : chain.getStem()) {
            layer.setNIn(first, override);
            first = layer.getOutputType(-1, first);
        }
        InputType stream = stream(chain, input);
        for (SubBlock block : chain.getSubBlocks()) {
            InputType type = stream;
            List<Layer> layers = new ArrayList<>(block.getEntry());
            layers.addAll(block.getFunction());
            for (Layer layer : layers) {
                layer.setNIn(type, override);
                type = through(chain, block.getName(), layer, type);
            }
        }
        InputType type = merged(chain, stream);
        for (Layer layer : chain.getExit()) {
            layer.setNIn(type, override);
            type = through(chain, "exit", layer, type);
        }
    }

    private static InputType through(ReversibleChain chain, String where, Layer layer, InputType in) {
        if (layer.getPreProcessorForInputType(in) != null) {
            throw new IllegalArgumentException("chain \"" + chain.getLayerName() + "\", \"" + where + "\": "
                    + layer.getClass().getSimpleName() + " does not read " + in
                    + " without a preprocessor: put it in front of the chain, or use a layer of the stream's layout");
        }
        return layer.getOutputType(-1, in);
    }

    /** The same layout with features times {@code times} over {@code by}. */
    private static InputType features(ReversibleChain chain, InputType in, long times, long by) {
        long have;
        if (in instanceof InputType.InputTypeConvolutional c) {
            have = c.getChannels();
        } else if (in instanceof InputType.InputTypeRecurrent r) {
            have = r.getSize();
        } else if (in instanceof InputType.InputTypeFeedForward f) {
            have = f.getSize();
        } else {
            throw new IllegalArgumentException("chain \"" + chain.getLayerName()
                    + "\" splits and joins feed-forward, recurrent and convolutional inputs, not " + in);
        }
        if (have * times % by != 0) {
            throw new IllegalArgumentException("chain \"" + chain.getLayerName()
                    + "\" splits its features in two halves, so it needs an even number of them; it has " + have);
        }
        long size = have * times / by;
        if (in instanceof InputType.InputTypeConvolutional c) {
            return InputType.convolutional(c.getHeight(), c.getWidth(), size, c.getFormat());
        }
        if (in instanceof InputType.InputTypeRecurrent r) {
            return InputType.recurrent(size, r.getTimeSeriesLength(), r.getFormat());
        }
        return InputType.feedForward(size);
    }
}
