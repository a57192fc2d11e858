package org.revlayers.internal.kernel.razor;

import java.util.concurrent.atomic.AtomicBoolean;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.revlayers.internal.kernel.Warnings;

/** Says, once in a process, that finite numbers were beyond what fp16 has room for. */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Saturation {

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    static void tell() {
        if (!isTold() && TOLD.compareAndSet(false, true)) {
            Warnings.warn(
                    log,
                    "An activation has finite values beyond ±65,504, which fp16 has no room for: they are kept as ±65,504, and gradients that read them"
                            + " are those at that value. Keep it in bf16, Memory.half(RazorValues.BF16) or values(RazorValues.BF16) of a razor, which has"
                            + " room for all. Said once.");
        }
    }

    static boolean isTold() {
        return TOLD.get();
    }

    /** Whether it was said; it would be said again. */
    static boolean reset() {
        return TOLD.getAndSet(false);
    }
}
