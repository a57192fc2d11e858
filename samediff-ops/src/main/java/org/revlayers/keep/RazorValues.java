package org.revlayers.keep;

import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * How the kept values of a thinned activation are stored, the finest first. Saved graphs hold the position: add new ones at the end.
 *
 * @since 0.1.0
 */
public enum RazorValues {
    /** In the type of the activation itself: 4 bytes for fp32. */
    FULL("fp32"),
    /**
     * IEEE binary16: 2 bytes. A value errs by at most 2⁻¹¹ of itself, by 2⁻²⁵ below 2⁻¹⁴; finite values beyond ±65,504 become ±65,504, and the first time
     * that happens a warning says so.
     */
    FP16("fp16"),
    /**
     * bfloat16: 2 bytes, the exponents of fp32. A value errs by at most 2⁻⁸ of itself; what is beyond 3.395e38
     * becomes infinite.
     */
    BF16("bf16"),
    /**
     * 256 levels from the smallest to the largest value of each group of 512, or of 64 where nothing is dropped ({@link Memory#int8}): 1 byte, and 8 per
     * group. A value errs by at most (max − min)/510 of its group; nothing saturates.
     */
    INT8("int8");

    private final String label;

    RazorValues(String label) {
        this.label = label;
    }

    /** Whether a value takes 2 bytes. */
    public boolean isSixteenBits() {
        return this == FP16 || this == BF16;
    }

    /** As a user types it: fp32, fp16, bf16 or int8. */
    public String label() {
        return label;
    }

    /** By {@link #label}. */
    public static RazorValues of(String label) {
        for (RazorValues v : values()) {
            if (v.label.equals(label.toLowerCase(Locale.ROOT))) {
                return v;
            }
        }
        throw new IllegalArgumentException("values are kept as fp32, fp16, bf16 or int8; got \"" + label + "\"");
    }

    /** The type of the array that holds the values of an activation of this type. */
    public DataType type(DataType activation) {
        return switch (this) {
            case FULL -> activation;
            case FP16 -> DataType.FLOAT16;
            case BF16 -> DataType.BFLOAT16;
            case INT8 -> DataType.INT8;
        };
    }
}
