package org.revlayers.internal.contract;

/**
 * An {@link InnerLayer} whose images may come, and go, as {@code [mb, h, w, channels]} in C order: one that looks at elements alone, or knows where the
 * channels are. Shapes of parameters, masks and types stay as they are.
 */
public interface ChannelsLast {

    /** Whether this one can have them so. */
    default boolean canHaveChannelsLast() {
        return true;
    }

    /** Whether it is faster then, by more than an elementwise pass over what it reads and gives. */
    default boolean gainsByChannelsLast() {
        return false;
    }

    /** From now on images are so. Before anything runs. */
    void haveChannelsLast();

    /** Whether a layer can. */
    static boolean can(InnerLayer layer) {
        return layer instanceof ChannelsLast images && images.canHaveChannelsLast();
    }

    /** Whether a layer that can gains by it. */
    static boolean gains(InnerLayer layer) {
        return layer instanceof ChannelsLast images && images.gainsByChannelsLast();
    }

    /** Tells a layer that {@link #can}. */
    static void tell(InnerLayer layer) {
        ((ChannelsLast) layer).haveChannelsLast();
    }
}
