package org.revlayers.internal.kernel.convolution;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.jspecify.annotations.Nullable;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.GemmLibrary;

/** Whether there is a library. It names no class of one, so that it can be asked where there is none. */
@Slf4j
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class ConvolutionChoice {

    static final @Nullable Convolutions STANDARD = choose();

    private static @Nullable Convolutions choose() {
        if (Gemm.isForced(GemmLibrary.ND4J)) {
            return null;
        }
        try {
            GemmLibrary.ONEDNN.open();
            return new OneDnnConvolutions();
        } catch (LinkageError e) {
            log.debug("Convolutions without oneDNN 3", e);
            return null;
        }
    }
}
