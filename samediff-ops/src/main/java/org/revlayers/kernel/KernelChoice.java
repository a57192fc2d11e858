package org.revlayers.kernel;

import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.factory.Nd4j;

/** Picks the implementations once, when a kernel is first asked for, and says why if they are not the fast ones. */
@Slf4j
final class KernelChoice {

    static final Kernels CHOSEN = choose(System.getProperty("revlayers.kernels", "native"));

    static final StreamKernels STREAMS =
            CHOSEN instanceof NativeKernels kernels ? new NativeStreams(kernels, new JavaStreams()) : new JavaStreams();

    static final ChannelKernels CHANNELS =
            CHOSEN instanceof NativeKernels ? new NativeChannels(new JavaChannels()) : new JavaChannels();

    static final RazorKernels RAZOR =
            CHOSEN instanceof NativeKernels kernels ? new NativeRazor(kernels, new JavaRazor()) : new JavaRazor();

    private static final boolean HOST = Nd4j.getEnvironment().isCPU();

    private KernelChoice() {}

    /** These kernels, where they can run. */
    static <K> K checked(K kernels) {
        requireHost(HOST);
        return kernels;
    }

    /** Throws unless arrays are in host memory. */
    static void requireHost(boolean host) {
        if (!host) {
            throw new IllegalStateException(
                    "the kernels of revlayers read host memory, and ND4J runs on a device: take nd4j-cuda"
                            + " off the class path, or set the environment variable BACKEND_PRIORITY_CPU above BACKEND_PRIORITY_GPU");
        }
    }

    private static Kernels choose(String wanted) {
        Kernels java = new JavaKernels();
        if (wanted.equals("java")) {
            return java;
        }
        if (!wanted.equals("native")) {
            throw new IllegalArgumentException("-Drevlayers.kernels is native or java, not " + wanted);
        }
        try {
            return new NativeKernels(java);
        } catch (LinkageError e) {
            log.warn(
                    "No native kernels for this platform ({}): the portable Java kernels run instead, several times slower."
                            + " Build samediff-ops with g++ on this platform to get them.",
                    e.getMessage());
            return java;
        }
    }
}
