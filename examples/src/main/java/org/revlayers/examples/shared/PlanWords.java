package org.revlayers.examples.shared;

import java.util.Locale;
import java.util.Map;
import org.revlayers.MemoryPlanner;
import org.revlayers.plan.Answer;
import org.revlayers.plan.Exactness;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what the command line says of plans. */
public final class PlanWords {

    private PlanWords() {}

    /** {@code same-function}, {@code approximate-gradients} and {@code new-function}. */
    public static final class Allowed implements ITypeConverter<Exactness> {
        @Override
        public Exactness convert(String word) {
            return switch (word.trim().toLowerCase(Locale.ROOT)) {
                case "same-function" -> Exactness.SAME_FUNCTION;
                case "approximate-gradients" -> Exactness.APPROXIMATE_GRADIENTS;
                case "new-function" -> Exactness.NEW_FUNCTION;
                default -> throw new TypeConversionException(
                        "a plan may use same-function, approximate-gradients or new-function; got " + word);
            };
        }
    }

    /** A number of examples, or {@code auto}. */
    public static final class Examples implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            if (text.trim().equalsIgnoreCase("auto")) {
                return MemoryPlanner.AUTO;
            }
            try {
                int examples = Integer.parseInt(text.trim());
                if (examples > 0) {
                    return examples;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new TypeConversionException("a batch is a number of examples from 1 on, or auto; got " + text);
        }
    }

    /** {@code LAYER=ANSWER}. */
    public static final class Pinned implements ITypeConverter<Map.Entry<String, Answer>> {
        @Override
        public Map.Entry<String, Answer> convert(String text) {
            int equals = text.lastIndexOf('=');
            if (equals < 1) {
                throw new TypeConversionException("a pin is LAYER=ANSWER, such as 'res2*=store'; got " + text);
            }
            try {
                return Map.entry(text.substring(0, equals), Answer.of(text.substring(equals + 1)));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
