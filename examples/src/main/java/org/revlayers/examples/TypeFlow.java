package org.revlayers.examples;

import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeRecurrent;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;

/**
 * What goes from layer to layer, with what DL4J's types lose on the way: how many rows an example has where a sequence became rows, and how long
 * a sequence is that was made of them.
 *
 * @param type of a row
 * @param rows per example: steps behind {@link RnnToFeedForwardPreProcessor}, 1 elsewhere
 */
record TypeFlow(InputType type, long rows) {

    static TypeFlow of(InputType type) {
        return new TypeFlow(type, 1);
    }

    /** Elements per example. */
    long elements() {
        return Math.multiplyExact(rows, type.arrayElementsPerExample());
    }

    /** Behind a preprocessor; the same for null. */
    TypeFlow after(InputPreProcessor processor) {
        if (processor == null) {
            return this;
        }
        InputType next = processor.getOutputType(type);
        if (processor instanceof RnnToFeedForwardPreProcessor && type instanceof InputTypeRecurrent r) {
            return new TypeFlow(next, r.getTimeSeriesLength());
        }
        return processor instanceof FeedForwardToRnnPreProcessor && next instanceof InputTypeRecurrent r
                ? of(InputType.recurrent(r.getSize(), rows, r.getFormat()))
                : to(next);
    }

    /** Behind a layer; a loss layer, which tells none or one of no elements, gives what it reads. */
    TypeFlow through(Layer layer, int index) {
        InputType output = layer.getOutputType(index, type);
        return output == null || layer instanceof LossLayer ? this : to(output);
    }

    /** Behind what gives this type: a sequence of unknown length is as long as the one before. */
    TypeFlow to(InputType next) {
        return next instanceof InputTypeRecurrent to
                        && to.getTimeSeriesLength() <= 0
                        && type instanceof InputTypeRecurrent from
                ? new TypeFlow(InputType.recurrent(to.getSize(), from.getTimeSeriesLength(), to.getFormat()), rows)
                : new TypeFlow(next, rows);
    }
}
