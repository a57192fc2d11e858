package org.revlayers.internal.kernel;

import java.lang.ref.Reference;
import java.util.function.LongSupplier;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/**
 * Calls into the native library. It knows the addresses of arrays, and the collector does not know of it: an array whose last reader is the call could be
 * freed under it. What computes the addresses holds the arrays, all of them, and is reachable until the call has returned.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class NativeCall {

    /** @param call computes the addresses itself, from arrays that it captures */
    public static void run(Runnable call) {
        try {
            call.run();
        } finally {
            Reference.reachabilityFence(call);
        }
    }

    /**
     * The same for a call that gives a number.
     *
     * @param call computes the addresses itself, from arrays that it captures
     */
    public static long told(LongSupplier call) {
        try {
            return call.getAsLong();
        } finally {
            Reference.reachabilityFence(call);
        }
    }
}
