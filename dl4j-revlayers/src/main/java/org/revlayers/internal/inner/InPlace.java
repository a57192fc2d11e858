package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;

/** An {@link InnerLayer} of one number in, one number out: its output may lie where its input did, and backward does not read the input. */
@RequiredArgsConstructor(access = AccessLevel.PROTECTED)
abstract class InPlace implements InnerLayer, ChannelsLast {

    /** For messages. */
    private final String name;

    @Override
    public final long[] outputShape(long... input) {
        return input.clone();
    }

    @Override
    public final boolean readsInput() {
        return false;
    }

    @Override
    public final boolean worksInPlace() {
        return true;
    }

    @Override
    public final void haveChannelsLast() {
        // each element for itself
    }

    @Override
    public final String toString() {
        return name;
    }
}
