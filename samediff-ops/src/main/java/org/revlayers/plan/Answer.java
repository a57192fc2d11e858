package org.revlayers.plan;

import java.util.Arrays;
import java.util.Locale;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;
import org.revlayers.keep.Memory;

/**
 * The answers that a plan chooses from, unit by unit, to the question how activations are kept.
 *
 * @since 0.1.0
 */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public enum Answer {
    /** Everything that backward reads, as it is. */
    STORE(Memory.store(), Exactness.SAME_FUNCTION),
    /** Transformer blocks and MLPs compute their hidden activation again. */
    RECOMPUTE(Memory.recompute(), Exactness.SAME_FUNCTION),
    /** The input alone; the unit's forward runs once more in backward. Over several units: the first one's input alone. */
    CHECKPOINT(Memory.checkpoint(), Exactness.SAME_FUNCTION),
    /** Transformer blocks and MLPs keep 2 bits for the derivative of GELU and SiLU. */
    APPROX(Memory.approx(), Exactness.APPROXIMATE_GRADIENTS),
    /** 16 bits of every array that a razor could thin. */
    HALF(Memory.half(), Exactness.APPROXIMATE_GRADIENTS),
    /** 8 bits of the same arrays. */
    INT8(Memory.int8(), Exactness.APPROXIMATE_GRADIENTS),
    /** The largest tenth of every activation (Back Razor), fp16 values and means for the rest. */
    RAZOR(Memory.razor(0.9), Exactness.APPROXIMATE_GRADIENTS),
    /** Everything on a disk, the input too. Where a plan may use a disk. */
    OFFLOAD(Memory.offload(), Exactness.SAME_FUNCTION),
    /** The input alone, on a disk; the unit's forward runs once more in backward. Where a plan may use a disk. */
    CHECKPOINT_OFFLOAD(Memory.checkpoint().onDisk(true), Exactness.SAME_FUNCTION),
    /** Batch normalisations with frozen statistics, in place. Those that a network has frozen itself are in place however it is kept. */
    IN_PLACE(Memory.inPlace(), Exactness.NEW_FUNCTION),
    /** Residual or transformer blocks in a row become a reversible chain: its end alone, and side bits. */
    REVERSIBLE(Memory.reversible(), Exactness.NEW_FUNCTION);

    /** The same in the words of conversions. */
    private final Memory memory;

    /** What it does to the training. */
    private final Exactness exactness;

    /** As in tables and files: {@code store} and so on. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** By {@link #label}, in any case. */
    public static Answer of(String label) {
        return Arrays.stream(values())
                .filter(answer -> label != null && answer.label().equalsIgnoreCase(label.trim()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("answers are "
                        + Arrays.stream(values()).map(Answer::label).toList() + "; got \"" + label
                        + "\": take one of them"));
    }
}
