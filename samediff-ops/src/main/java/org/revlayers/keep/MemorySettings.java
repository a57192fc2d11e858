package org.revlayers.keep;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/**
 * What stands behind the {@code =} of a {@link Memory}'s text; what is as it is unless said otherwise is not written.
 *
 * <pre>
 *   razor        0.9, fp32 | fp16 | bf16 | int8, zero | mean, gelu:2bit | gelu:fp16 | gelu:thinned | gelu:dense, forward, probabilities
 *   reversible   at:1:0.125 (α and β for ever), or from:1:0.125, to:0.75:0.25, over:2000 (steps of the training), end:0.4, return:0.2, steps:8,
 *                cosine; stored | checkpointed, exact | float | double (streams), scale:20, tolerance:0.001, stem, blocks:2
 *   all          stock-hosts
 * </pre>
 */
final class MemorySettings {

    private static final Memory.Thin THIN = Memory.Thin.builder().build();
    private static final Memory.Chain CHAIN = Memory.Chain.builder().build();

    private MemorySettings() {}

    static List<String> of(Memory memory) {
        List<String> settings = new ArrayList<>();
        if (memory.kind() == Memory.Kind.RAZOR) {
            thin(memory.thin(), settings);
        } else if (memory.kind() == Memory.Kind.REVERSIBLE) {
            schedule(memory.chain().schedule(), settings);
            chain(memory.chain(), settings);
        }
        add(settings, memory.stockHosts(), "stock-hosts");
        return settings;
    }

    private static void thin(Memory.Thin thin, List<String> settings) {
        settings.add(String.valueOf(thin.prune()));
        add(settings, thin.values() != THIN.values(), thin.values().label());
        add(settings, thin.fill() != THIN.fill(), lower(thin.fill()));
        add(
                settings,
                thin.activations() != THIN.activations(),
                "gelu:" + thin.activations().label());
        add(settings, thin.forward(), "forward");
        add(settings, thin.probabilities(), "probabilities");
    }

    private static void schedule(CoefficientSchedule s, List<String> settings) {
        CoefficientSchedule usual = CoefficientSchedule.over(1);
        boolean constant = s.getAlphaStart() == s.getAlphaEnd() && s.getBetaStart() == s.getBetaEnd();
        if (constant) {
            add(settings, !s.equals(CHAIN.schedule()), "at:" + s.getAlphaEnd() + ":" + s.getBetaEnd());
        } else {
            settings.add("from:" + s.getAlphaStart() + ":" + s.getBetaStart());
            settings.add("to:" + s.getAlphaEnd() + ":" + s.getBetaEnd());
        }
        add(settings, s.getTotalIterations() != 0, "over:" + s.getTotalIterations());
        add(settings, s.getEndFraction() != usual.getEndFraction(), "end:" + s.getEndFraction());
        add(settings, s.getReturnFraction() != 0, "return:" + s.getReturnFraction());
        add(settings, s.getSteps() != usual.getSteps(), "steps:" + s.getSteps());
        add(settings, s.getShape() != usual.getShape(), lower(s.getShape()));
    }

    private static void chain(Memory.Chain chain, List<String> settings) {
        add(settings, chain.mode() == ChainMode.STORE, "stored");
        add(settings, chain.mode() == ChainMode.CHECKPOINT, "checkpointed");
        add(settings, chain.streams() != null, lower(chain.streams()));
        add(settings, chain.streamScale() != null, "scale:" + chain.streamScale());
        add(settings, chain.tolerance() != CHAIN.tolerance(), "tolerance:" + chain.tolerance());
        add(settings, chain.stem(), "stem");
        add(settings, chain.atLeast() != CHAIN.atLeast(), "blocks:" + chain.atLeast());
    }

    private static void add(List<String> settings, boolean unusual, String setting) {
        if (unusual) {
            settings.add(setting);
        }
    }

    /** The memory with one more setting. */
    static Memory set(Memory memory, String setting) {
        String[] parts = setting.toLowerCase(Locale.ROOT).split(":");
        try {
            if (parts[0].equals("stock-hosts")) {
                return memory.stockHosts(true);
            }
            return switch (memory.kind()) {
                case RAZOR -> thinned(memory, parts);
                case REVERSIBLE -> chained(memory, parts);
                default -> throw new IllegalArgumentException("there are none");
            };
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "the memory " + memory + " has no setting \"" + setting + "\" (" + e.getMessage() + ")", e);
        }
    }

    private static Memory thinned(Memory memory, String... parts) {
        return switch (parts[0]) {
            case "zero", "mean" -> memory.fill(RazorFill.valueOf(parts[0].toUpperCase(Locale.ROOT)));
            case "forward" -> memory.forward(true);
            case "probabilities" -> memory.probabilities(true);
            case "gelu" -> memory.activations(ActivationMemory.of(parts[1]));
            case "half" -> memory.values(RazorValues.FP16);
            default -> Character.isDigit(parts[0].charAt(0))
                    ? memory.prune(Double.parseDouble(parts[0]))
                    : memory.values(RazorValues.of(parts[0]));
        };
    }

    private static Memory chained(Memory memory, String... parts) {
        return switch (parts[0]) {
            case "stored" -> memory.mode(ChainMode.STORE);
            case "checkpointed" -> memory.mode(ChainMode.CHECKPOINT);
            case "exact", "float", "double" -> memory.streams(StreamType.valueOf(parts[0].toUpperCase(Locale.ROOT)));
            case "scale" -> memory.streamScale(Integer.valueOf(parts[1]));
            case "tolerance" -> memory.tolerance(Double.parseDouble(parts[1]));
            case "stem" -> memory.stem(true);
            case "blocks" -> memory.atLeast(Integer.parseInt(parts[1]));
            default -> memory.toBuilder()
                    .chain(memory.chain().toBuilder()
                            .schedule(scheduled(memory.chain().schedule(), parts))
                            .build())
                    .build();
        };
    }

    private static CoefficientSchedule scheduled(CoefficientSchedule before, String... parts) {
        CoefficientSchedule.CoefficientScheduleBuilder s = before.toBuilder();
        switch (parts[0]) {
            case "at" -> s.alphaStart(number(1, parts))
                    .betaStart(number(2, parts))
                    .alphaEnd(number(1, parts))
                    .betaEnd(number(2, parts));
            case "from" -> s.alphaStart(number(1, parts)).betaStart(number(2, parts));
            case "to" -> s.alphaEnd(number(1, parts)).betaEnd(number(2, parts));
            case "over" -> {
                s.totalIterations((int) number(1, parts));
                if (before.equals(CHAIN.schedule())) {
                    s.alphaEnd(CoefficientSchedule.over(1).getAlphaEnd())
                            .betaEnd(CoefficientSchedule.over(1).getBetaEnd());
                }
            }
            case "end" -> s.endFraction(number(1, parts));
            case "return" -> s.returnFraction(number(1, parts));
            case "steps" -> s.steps((int) number(1, parts));
            case "cosine", "linear" -> s.shape(CoefficientSchedule.Shape.valueOf(parts[0].toUpperCase(Locale.ROOT)));
            default -> throw new IllegalArgumentException("unknown");
        }
        return s.build();
    }

    private static double number(int place, String... parts) {
        return Double.parseDouble(parts[place]);
    }

    /** In which order settings are read: {@code over} says where a schedule ends unless that is said too, before or behind it. */
    static int order(String setting) {
        return setting.toLowerCase(Locale.ROOT).startsWith("over:") ? 0 : 1;
    }

    private static String lower(Enum<?> constant) {
        return constant == null ? "" : constant.name().toLowerCase(Locale.ROOT);
    }
}
