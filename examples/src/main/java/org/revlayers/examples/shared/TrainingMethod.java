package org.revlayers.examples.shared;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How a network of this library is trained: what its layers keep, and whether its blocks become a chain. */
public enum TrainingMethod {
    /** Exact, everything kept. */
    PLAIN(Memory.store(), null),
    /** Approx-BP and MS-BP. */
    APPROX(Memory.approx(), null),
    /** Exact, the MLP's activation computed again. */
    RECOMPUTE(Memory.recompute(), null),
    /** Exact; sub-blocks keep their input and are computed again. */
    CHECKPOINT(Memory.store(), ChainMode.CHECKPOINT),
    /** Dr²Net with the dynamic schedule. */
    REVERSIBLE(Memory.store(), ChainMode.REVERSE),
    /** The same with 2-bit activations inside. */
    REVERSIBLE_APPROX(Memory.store(), ChainMode.REVERSE),
    /** Back Razor: activations thinned for backward. */
    RAZOR(Memory.store(), null),
    /** The same with memory-sharing norms. */
    RAZOR_APPROX(Memory.approx(), null),
    /** Coefficients at the schedule's end values from the start: what the schedule is compared with. */
    REVERSIBLE_FIXED(Memory.store(), ChainMode.REVERSE);

    private final Memory base;
    private final ChainMode chain;

    TrainingMethod(Memory base, ChainMode chain) {
        this.base = base;
        this.chain = chain;
    }

    /** As on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace("_approx", "+approx").replace('_', '-');
    }

    /** What the network is built with. */
    public Memory base() {
        return base;
    }

    /** Whether residual blocks become chains. */
    public boolean chains() {
        return chain != null;
    }

    /** Whether layers go into razor sequences. */
    public boolean thins() {
        return this == RAZOR || this == RAZOR_APPROX;
    }

    /** Whether chains forget what they can compute backwards. */
    public boolean reverses() {
        return chain == ChainMode.REVERSE;
    }

    /** Whether it reverses with coefficients that move. */
    public boolean moves() {
        return reverses() && this != REVERSIBLE_FIXED;
    }

    /** Whether it is about what is inside a transformer's blocks: other networks have nothing for it to change. */
    public boolean isForTransformers() {
        return !base.equals(Memory.store()) || this == REVERSIBLE_APPROX;
    }

    /** α and β of a training, from a schedule that moves. */
    public CoefficientSchedule schedule(CoefficientSchedule dynamic) {
        return this == REVERSIBLE_FIXED
                ? CoefficientSchedule.constant(dynamic.getAlphaEnd(), dynamic.getBetaEnd())
                : dynamic;
    }

    /**
     * How a network is converted, for a method that {@link #chains()} or {@link #thins()}.
     *
     * @param schedule of α and β, for chains
     * @param razor    for the methods that thin
     */
    public Memory memory(CoefficientSchedule schedule, Memory razor) {
        if (thins()) {
            return razor;
        }
        if (!reverses()) {
            return Memory.checkpoint();
        }
        Memory memory = Memory.reversible(schedule).stem(true);
        return this == REVERSIBLE_APPROX ? memory.inside(Memory.approx()) : memory;
    }

    /** The method with this label, in any case. */
    public static Optional<TrainingMethod> of(String label) {
        return Arrays.stream(values())
                .filter(m -> m.label().equalsIgnoreCase(label.trim()))
                .findFirst();
    }

    /** Reads a label. */
    public static final class Converter implements ITypeConverter<TrainingMethod> {
        @Override
        public TrainingMethod convert(String label) {
            return of(label)
                    .orElseThrow(() -> new TypeConversionException("methods are " + labels() + "; got " + label));
        }
    }

    /** All labels. */
    public static String labels() {
        return String.join(
                ", ", Arrays.stream(values()).map(TrainingMethod::label).toList());
    }
}
