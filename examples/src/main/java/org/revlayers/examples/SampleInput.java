package org.revlayers.examples;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One input of a network, as far as random examples of it need.
 *
 * @param type       of an example
 * @param vocabulary token ids are below it; 0 for real numbers
 * @param chosen     what of the type the model does not fix, with the remedy; null if it fixes everything
 * @param sized      false for images whose height and width are still to be found
 */
record SampleInput(InputType type, long vocabulary, String chosen, boolean sized) {

    /** Of a type that is known. */
    SampleInput(InputType type, long vocabulary) {
        this(type, vocabulary, null, true);
    }

    /** Images of which the channels are known. */
    static SampleInput images(long channels, CNN2DFormat format) {
        return new SampleInput(InputType.convolutional(1, 1, channels, format), 0, null, false);
    }

    /** As a layer tells. */
    static SampleInput of(InputType told, long vocabulary) {
        return new SampleInput(
                told,
                vocabulary,
                told instanceof InputType.InputTypeRecurrent r
                        ? "the model reads any number of tokens: --input TOKENS," + r.getSize() + " sets another"
                        : null,
                true);
    }

    /** The same with images of this size, in pixels, if it was to be found. */
    SampleInput withImages(long side) {
        if (sized) {
            return this;
        }
        InputType.InputTypeConvolutional c = (InputType.InputTypeConvolutional) type;
        return new SampleInput(
                InputType.convolutional(side, side, c.getChannels(), c.getFormat()),
                0,
                "the file does not tell the images' size: --input " + c.getChannels() + ",HEIGHT,WIDTH sets another",
                true);
    }

    private long[] shape(int batch) {
        long[] shape = type.getShape(true).clone();
        shape[0] = batch;
        return shape;
    }

    /** Random examples: standard normal numbers, or token ids. */
    INDArray draw(int batch, DataType numbers, long seed) {
        if (vocabulary == 0) {
            return Nd4j.randn(Nd4j.getRandomFactory().getNewRandomInstance(seed), shape(batch))
                    .castTo(numbers);
        }
        long ids = batch * type.arrayElementsPerExample();
        double[] drawn =
                new Random(seed).longs(ids, 0, vocabulary).mapToDouble(id -> id).toArray();
        return Nd4j.createFromArray(drawn).reshape(shape(batch)).castTo(numbers);
    }

    /** What is drawn, in words. */
    String words(int batch) {
        String what = vocabulary == 0
                ? "random values of shape "
                : String.format(Locale.ROOT, "random token ids below %d of shape ", vocabulary);
        return what + Arrays.toString(shape(batch)) + (chosen == null ? "" : " (" + chosen + ")");
    }
}
