package org.revlayers.examples.shared;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.revlayers.keep.Memory;
import org.revlayers.keep.Memory.Kind;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How a network of this library is trained: what its layers keep, and what it is converted to. */
public enum TrainingMethod {
    /** Exact, everything kept. */
    PLAIN(Memory.store(), null),
    /** Approx-BP and MS-BP. */
    APPROX(Memory.approx(), null),
    /** Exact, the MLP's activation computed again. */
    RECOMPUTE(Memory.recompute(), null),
    /** Exact; sub-blocks keep their input and are computed again. */
    CHECKPOINT(Memory.store(), Kind.CHECKPOINT),
    /** Dr²Net with the dynamic schedule. */
    REVERSIBLE(Memory.store(), Kind.REVERSIBLE),
    /** The same with 2-bit activations inside. */
    REVERSIBLE_APPROX(Memory.store(), Kind.REVERSIBLE),
    /** Back Razor: activations thinned for backward. */
    RAZOR(Memory.store(), Kind.RAZOR),
    /** The same with memory-sharing norms. */
    RAZOR_APPROX(Memory.approx(), Kind.RAZOR),
    /** Batch normalisations with frozen statistics, in place. */
    IN_PLACE(Memory.store(), Kind.IN_PLACE),
    /** Every array that a razor could thin in 16 bits. */
    HALF(Memory.store(), Kind.HALF),
    /** The same in 8 bits. */
    INT8(Memory.store(), Kind.INT8),
    /** Block selective reprogramming: some blocks, and fewer and fewer tokens. */
    BSR(Memory.store(), null),
    /** The same with thinned activations in the blocks that are trained. */
    BSR_RAZOR(Memory.store(), Kind.RAZOR),
    /** The same with reversible chains between the blocks that leave tokens out, which are checkpointed. */
    BSR_REVERSIBLE(Memory.store(), Kind.REVERSIBLE),
    /** Whatever fits a budget, unit by unit. */
    PLAN(Memory.store(), null),
    /** What is said in words. */
    MEMORY(Memory.store(), null),
    /** Coefficients at the schedule's end values from the start: what the schedule is compared with. */
    REVERSIBLE_FIXED(Memory.store(), Kind.REVERSIBLE),
    /** BDIA: signs at random in training, the plain network in inference. */
    REVERSIBLE_RANDOM(Memory.store(), Kind.REVERSIBLE);

    private final Memory base;
    private final Kind converted; // null: nothing is

    TrainingMethod(Memory base, Kind converted) {
        this.base = base;
        this.converted = converted;
    }

    /** As on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT)
                .replace("_approx", "+approx")
                .replace("bsr_", "bsr+")
                .replace('_', '-');
    }

    /** What the network is built with. */
    public Memory base() {
        return base;
    }

    /** Whether a network of this library's layers is converted for it, too; all methods convert one of stock layers. */
    public boolean converts() {
        return converted != null;
    }

    /** Whether some blocks are trained. */
    public boolean reprograms() {
        return this == BSR || this == BSR_RAZOR || this == BSR_REVERSIBLE;
    }

    /** Whether residual blocks become chains. */
    public boolean chains() {
        return converted == Kind.CHECKPOINT || reverses();
    }

    /** Whether layers go into razor sequences. */
    public boolean thins() {
        return converted == Kind.RAZOR;
    }

    /** Whether chains forget what they can compute backwards. */
    public boolean reverses() {
        return converted == Kind.REVERSIBLE;
    }

    /** Whether it reverses with α and β of a schedule, or with those at its end. */
    public boolean hasSchedule() {
        return reverses() && this != REVERSIBLE_RANDOM;
    }

    /** Whether it reverses with coefficients that move. */
    public boolean moves() {
        return hasSchedule() && this != REVERSIBLE_FIXED;
    }

    /** Whether it is about what is inside a transformer's blocks: other networks have nothing for it to change. */
    public boolean isForTransformers() {
        return !base.equals(Memory.store()) || this == REVERSIBLE_APPROX || reprograms();
    }

    /**
     * α and β of a training.
     *
     * @param dynamic that moves
     * @param signs   with signs at random
     */
    public CoefficientSchedule schedule(CoefficientSchedule dynamic, CoefficientSchedule signs) {
        return switch (this) {
            case REVERSIBLE_FIXED -> CoefficientSchedule.constant(dynamic.getAlphaEnd(), dynamic.getBetaEnd());
            case REVERSIBLE_RANDOM -> signs;
            default -> dynamic;
        };
    }

    /** Whether it is about batch normalisation, which transformers have none of. */
    public boolean isForConvolutions() {
        return converted == Kind.IN_PLACE;
    }

    /**
     * How a network is converted, by a method that does.
     *
     * @param schedule of α and β, for chains
     * @param razor    for the methods that thin
     */
    public Memory memory(CoefficientSchedule schedule, Memory razor) {
        return switch (converted) {
            case RAZOR -> razor;
            case REVERSIBLE -> {
                Memory memory = Memory.reversible(schedule).stem(true);
                yield switch (this) {
                    case REVERSIBLE_APPROX -> memory.inside(Memory.approx());
                    case BSR_REVERSIBLE -> memory.otherwise(Memory.checkpoint());
                    default -> memory;
                };
            }
            case IN_PLACE -> Memory.inPlace();
            case HALF -> Memory.half();
            case INT8 -> Memory.int8();
            default -> Memory.checkpoint();
        };
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
