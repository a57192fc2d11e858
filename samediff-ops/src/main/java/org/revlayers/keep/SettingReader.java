package org.revlayers.keep;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamType;

/** One setting of a {@link Memory}'s text, of those that {@link MemorySettings} lists. */
final class SettingReader {

    private static final Pattern NUMBER = Pattern.compile("-?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e-?[0-9]+)?");
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,9}");
    private static final Set<String> SCHEDULE = Set.of(
            "at", "from", "to", "over", "end", "return", "steps", "cosine", "linear", "table", "two-step", "random");

    private final String[] parts;

    SettingReader(String setting) {
        this.parts = setting.toLowerCase(Locale.ROOT).split(":", -1);
    }

    String name() {
        return parts[0];
    }

    /** What this says something of: two settings of one memory never say the same. */
    Set<String> about() {
        return switch (name()) {
            case "zero", "mean" -> Set.of("what dropped elements count as");
            case "stored", "checkpointed" -> Set.of("the mode");
            case "exact", "float", "double" -> Set.of("the streams");
            case "at" -> Set.of("from", "to");
            case "cosine" -> Set.of("the shape");
            case "two-step", "random" -> parts.length == 1 ? Set.of("the form") : Set.of("the form", "from", "to");
            case "linear" -> parts.length == 1 ? Set.of("the shape") : Set.of("from", "to", "over");
            default -> Set.of(isNumber(0) ? "the fraction" : values() != null ? "the values" : name());
        };
    }

    /**
     * In which order settings are read: {@code over} says where a schedule ends, {@code random:γ} in which steps it goes, unless that is said too, before or
     * behind it; a form alone is one of what is said.
     */
    int order() {
        return switch (name()) {
            case "over" -> 0;
            case "two-step", "random" -> parts.length == 1 ? 2 : 0;
            default -> 1;
        };
    }

    /** The memory with this setting. */
    Memory set(Memory memory) {
        if (name().equals("stock-hosts")) {
            form(name());
            return memory.stockHosts(true);
        }
        if (name().equals("disk")) {
            form(name());
            return memory.onDisk(true);
        }
        return switch (memory.kind()) {
            case RAZOR -> thinned(memory);
            case HALF -> halved(memory);
            case IN_PLACE -> inPlace(memory);
            case REVERSIBLE -> chained(memory);
            case STORE, CHECKPOINT -> throw unknown("this kind has none but disk and stock-hosts: leave it out");
            default -> throw unknown("this kind has none but stock-hosts: leave it out");
        };
    }

    private Memory thinned(Memory memory) {
        switch (name()) {
            case "gelu" -> form("gelu:kept", "2bit, fp16, thinned or dense for \"kept\"");
            case "zero", "mean", "forward", "probabilities" -> form(name());
            default -> {
                if (parts.length > 1 || !isNumber(0) && values() == null) {
                    throw unknown(
                            "a razor has a fraction such as 0.9, fp32, fp16, bf16 or int8, zero or mean, gelu:2bit, gelu:fp16,"
                                    + " gelu:thinned or gelu:dense, forward, probabilities and stock-hosts");
                }
            }
        }
        return switch (name()) {
            case "zero", "mean" -> memory.fill(RazorFill.valueOf(name().toUpperCase(Locale.ROOT)));
            case "forward" -> memory.forward(true);
            case "probabilities" -> memory.probabilities(true);
            case "gelu" -> memory.activations(ActivationMemory.of(parts[1]));
            default -> values() == null ? memory.prune(number(0)) : memory.values(values());
        };
    }

    private Memory halved(Memory memory) {
        if (parts.length > 1 || values() == null) {
            throw unknown("half has fp16, bf16 and stock-hosts");
        }
        return memory.whole(MemoryCheck.sixteenBits(values()));
    }

    private Memory inPlace(Memory memory) {
        if (!name().equals("slope")) {
            throw unknown("an in-place memory has slope:number");
        }
        form("slope:number", "0.01 say");
        return memory.slope(number(1));
    }

    /** Which values of a razor this names; null for none. */
    private RazorValues values() {
        if (name().equals("half")) {
            return RazorValues.FP16;
        }
        return Arrays.stream(RazorValues.values())
                .filter(values -> values.label().equals(name()))
                .findFirst()
                .orElse(null);
    }

    private Memory chained(Memory memory) {
        if (SCHEDULE.contains(name())) {
            return memory.schedule(new ScheduleReader(this).set(memory.chain().schedule()));
        }
        switch (name()) {
            case "scale", "tolerance", "blocks" -> form(name() + ":number", "");
            case "stored", "checkpointed", "exact", "float", "double", "stem" -> form(name());
            default -> throw unknown(
                    "a reversible memory has at:α:β, from:α:β, to:α:β, over:steps, end:share, return:share, steps:q, cosine,"
                            + " linear:α:β:α:β:iterations, table, two-step:γ, random:γ, stored, checkpointed, exact, float, double, scale:bits, tolerance:error, stem,"
                            + " blocks:number, disk and stock-hosts");
        }
        return switch (name()) {
            case "stored" -> memory.mode(ChainMode.STORE);
            case "checkpointed" -> memory.mode(ChainMode.CHECKPOINT);
            case "scale" -> memory.streamScale(whole(1));
            case "tolerance" -> memory.tolerance(number(1));
            case "stem" -> memory.stem(true);
            case "blocks" -> memory.atLeast(whole(1));
            default -> memory.streams(StreamType.valueOf(name().toUpperCase(Locale.ROOT)));
        };
    }

    private static IllegalArgumentException unknown(String known) {
        return new IllegalArgumentException("there is no such one; " + known);
    }

    /** Throws unless this has as many parts. */
    void form(String form, String... more) {
        int count = form.split(":").length;
        if (parts.length != count || List.of(parts).contains("")) {
            throw new IllegalArgumentException(
                    "write " + form + (more.length == 0 || more[0].isEmpty() ? "" : ", " + more[0]));
        }
    }

    /** The parts behind the name. */
    List<String> rest() {
        return List.of(parts).subList(1, parts.length);
    }

    private boolean isNumber(int place) {
        return NUMBER.matcher(parts[place]).matches();
    }

    double number(int place) {
        if (!isNumber(place)) {
            throw new IllegalArgumentException(
                    "a number stands behind \"" + name() + "\", 0.25 say, not \"" + parts[place] + "\"");
        }
        return Double.parseDouble(parts[place]);
    }

    int whole(int place) {
        if (!WHOLE.matcher(parts[place]).matches()) {
            throw new IllegalArgumentException("a whole number of at most 9 digits stands behind \"" + name()
                    + "\", 8 say, not \"" + parts[place] + "\"");
        }
        return Integer.parseInt(parts[place]);
    }
}
