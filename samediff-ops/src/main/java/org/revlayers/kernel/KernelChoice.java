package org.revlayers.kernel;

import lombok.extern.slf4j.Slf4j;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.kernel.channel.ChannelKernels;
import org.revlayers.kernel.channel.JavaChannels;
import org.revlayers.kernel.channel.NativeChannels;
import org.revlayers.kernel.razor.JavaRazor;
import org.revlayers.kernel.razor.NativeRazor;
import org.revlayers.kernel.razor.RazorKernels;
import org.revlayers.kernel.stream.JavaStreams;
import org.revlayers.kernel.stream.NativeStreams;
import org.revlayers.kernel.stream.StreamKernels;

/** Picks the implementations once, when a kernel is first asked for, and says why if they are not the fast ones. */
@Slf4j
public final class KernelChoice {

    public static final Kernels CHOSEN = choose(System.getProperty("revlayers.kernels", "native"));

    public static final StreamKernels STREAMS =
            CHOSEN instanceof NativeKernels kernels ? new NativeStreams(kernels, new JavaStreams()) : new JavaStreams();

    public static final ChannelKernels CHANNELS =
            CHOSEN instanceof NativeKernels ? new NativeChannels(new JavaChannels()) : new JavaChannels();

    public static final RazorKernels RAZOR =
            CHOSEN instanceof NativeKernels kernels ? new NativeRazor(kernels, new JavaRazor()) : new JavaRazor();

    /** Not known before ND4J has started, which asks for the kernels' name on the way. */
    private static volatile Boolean host;

    private KernelChoice() {}

    /** These kernels, where they can run. */
    public static <K> K checked(K kernels) {
        Boolean known = host;
        if (known == null) {
            known = Nd4j.getEnvironment().isCPU();
            host = known;
        }
        requireHost(known);
        return kernels;
    }

    /** Throws unless arrays are in host memory. */
    public static void requireHost(boolean host) {
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
            Warnings.warn(
                    log, "The portable Java kernels run, several times slower than the native ones: " + reason(e));
            return java;
        }
    }

    /** Why the library did not load, and what to do. */
    public static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String file = Loader.getPlatform() + "/" + System.mapLibraryName("jnirevlayers");
        return KernelChoice.class.getResource(file) == null
                ? "there are none for " + Loader.getPlatform()
                        + " in this jar. Build samediff-ops with g++ on this platform to get them."
                : "the library is here and does not load (" + cause.getMessage()
                        + "). Set -Dorg.bytedeco.javacpp.cachedir to a folder that is writable and not mounted noexec.";
    }
}
