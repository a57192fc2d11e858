package org.revlayers.examples.shared;

import java.util.List;
import java.util.Locale;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What can be said on the command line about the methods razor and razor+approx. */
public final class RazorChoice {

    private static final String[] NAMES = {
        "--prune", "--values", "--fill", "--gelu", "--probabilities", "--forward-pruned"
    };

    @Option(
            names = "--prune",
            description = "razor: fraction of every activation that backward does without (default ${DEFAULT-VALUE})")
    private double prune = 0.9;

    @Option(
            names = "--values",
            converter = ValuesConverter.class,
            description = "razor: how the rest is stored, fp32, fp16, bf16 or int8 (default fp16)")
    private RazorValues values = RazorValues.FP16;

    @Option(
            names = "--fill",
            description =
                    "razor: what dropped values count as: mean (of their side of 0; default) or zero (as in the paper, 1 bit less)")
    private RazorFill fill = RazorFill.MEAN;

    @Option(
            names = "--gelu",
            converter = RuleConverter.class,
            description =
                    "razor: what GELU and swish keep of their input, 2bit, fp16, thinned or dense (default 2bit; the paper has fp16)")
    private ActivationMemory activations = ActivationMemory.TWO_BIT;

    @Option(
            names = "--probabilities",
            description =
                    "razor: attention keeps its probabilities, thinned, as in the paper; otherwise they are computed again")
    private boolean probabilities;

    @Option(
            names = "--forward-pruned",
            description =
                    "razor: linear layers compute with what is left in a training's forward, too; to compare with: accuracy suffers")
    private boolean forward;

    /** Throws an error that names what is wrong. */
    public void check() {
        if (!(prune >= 0 && prune < 1)) {
            throw new UsageException("--prune is the share that is dropped, from 0 to below 1, not " + prune);
        }
    }

    /** The options that there are. */
    public static String[] names() {
        return NAMES.clone();
    }

    /** For a conversion. */
    public Memory memory() {
        return Memory.razor(prune)
                .values(values)
                .activations(activations)
                .probabilities(probabilities)
                .fill(fill)
                .forward(forward);
    }

    /** The same on a command line. */
    public List<String> arguments() {
        return List.of(
                "--prune=" + prune,
                "--values=" + values.label(),
                "--fill=" + fill.name().toLowerCase(Locale.ROOT),
                "--gelu=" + activations.label(),
                "--probabilities=" + probabilities,
                "--forward-pruned=" + forward);
    }

    /** Reads fp16 and so on. */
    static final class ValuesConverter implements ITypeConverter<RazorValues> {
        @Override
        public RazorValues convert(String value) {
            try {
                return RazorValues.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads 2bit and so on. */
    static final class RuleConverter implements ITypeConverter<ActivationMemory> {
        @Override
        public ActivationMemory convert(String value) {
            try {
                ActivationMemory rule = ActivationMemory.of(value);
                if (rule != ActivationMemory.RECOMPUTE) {
                    return rule;
                }
            } catch (IllegalArgumentException e) {
                // told below, with the words that fit here
            }
            throw new TypeConversionException("--gelu is 2bit, fp16, thinned or dense; got " + value);
        }
    }
}
