package org.revlayers.examples;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code convert --input} says of one input: {@code FEATURES}, {@code TOKENS,FEATURES}, {@code CHANNELS,HEIGHT,WIDTH}, or {@code
 * ids:TOKENS,VOCABULARY} for token ids from 0 to below the vocabulary.
 *
 * @param shape      of an example
 * @param vocabulary 0 for real numbers
 */
record GivenInput(long[] shape, long vocabulary) {

    private static final String IDS = "ids:";

    /**
     * As a sample is drawn of it.
     *
     * @param told by the layers behind, for how arrays lie in memory and for the vocabulary; may be null
     */
    SampleInput sample(SampleInput told) {
        InputType known = told == null ? null : told.type();
        return switch (shape.length) {
            case 1 -> new SampleInput(
                    InputType.feedForward(shape[0]), vocabulary == 0 && told != null ? told.vocabulary() : vocabulary);
            case 2 -> new SampleInput(
                    InputType.recurrent(
                            shape[1],
                            shape[0],
                            known instanceof InputType.InputTypeRecurrent r ? r.getFormat() : RNNFormat.NWC),
                    0);
            default -> new SampleInput(
                    InputType.convolutional(
                            shape[1],
                            shape[2],
                            shape[0],
                            known instanceof InputType.InputTypeConvolutional c ? c.getFormat() : CNN2DFormat.NCHW),
                    0);
        };
    }

    /** How many values a batch of it has; the largest number where that is beyond it. */
    long values(int batch) {
        long values = batch;
        for (long size : shape) {
            values = Math.multiplyHigh(values, size) == 0 && values * size >= 0 ? values * size : Long.MAX_VALUE;
        }
        return values;
    }

    /** Reads {@code 3,224,224} and {@code ids:64,30522}. */
    static final class Converter implements ITypeConverter<GivenInput> {
        @Override
        public GivenInput convert(String value) {
            if (!value.startsWith(IDS)) {
                return new GivenInput(new InputShapes.Converter().convert(value), 0);
            }
            if (!value.substring(IDS.length()).matches("[1-9]\\d{0,8},[1-9]\\d{0,8}")) {
                throw new TypeConversionException(
                        "token ids are ids:TOKENS,VOCABULARY, for instance ids:64,30522; got " + value);
            }
            long[] numbers = new InputShapes.Converter().convert(value.substring(IDS.length()));
            return new GivenInput(new long[] {numbers[0]}, numbers[1]);
        }
    }
}
