package org.revlayers.reversible;

import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The numbers of a chain's two streams.
 *
 * @since 0.1.0
 */
@Getter
@RequiredArgsConstructor
public enum StreamType {
    /**
     * 32-bit integers times a power of two: the inverse is exact for every α and β, at the price of up to four side bits per element and
     * sub-block. For FLOAT networks, and their default.
     */
    EXACT(DataType.INT32),
    /**
     * 32-bit floating point: the inverse loses digits with every sub-block, so the state is kept again ("anchor") wherever the predicted error
     * would exceed the tolerance.
     */
    FLOAT(DataType.FLOAT),
    /** 64-bit floating point, anchored as FLOAT; the default of DOUBLE networks. */
    DOUBLE(DataType.DOUBLE);

    /** Of the streams' arrays. */
    private final DataType dataType;

    /** The type that is meant if none is chosen: exact streams, which DOUBLE networks have not. */
    public static StreamType of(DataType network) {
        return network == DataType.DOUBLE ? DOUBLE : EXACT;
    }

    /** The type with such arrays; null for null. */
    public static @Nullable StreamType with(@Nullable DataType arrays) {
        for (StreamType type : values()) {
            if (type.dataType == arrays) {
                return type;
            }
        }
        if (arrays == null) {
            return null;
        }
        throw new IllegalArgumentException("streams are of INT32, FLOAT or DOUBLE, not of " + arrays);
    }

    /** Whether the inverse is exact. */
    public boolean exact() {
        return this == EXACT;
    }

    /** What an array's number is rounded by. */
    public double unit() {
        return this == DOUBLE ? 0x1p-53 : 0x1p-24;
    }
}
