package org.revlayers.internal.kernel.linear;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Warnings;
import org.revlayers.internal.machine.NativeFiles;

/** The libraries for products of matrices, in the order in which they are taken where no measurement says. */
@Slf4j
public enum GemmLibrary {
    /** Intel's. */
    MKL("org.bytedeco:mkl, with the classifiers of the platform and its -redist", () -> new MklGemm()),
    /** oneDNN 3. */
    ONEDNN("org.bytedeco:dnnl and org.bytedeco:opencl, with the classifier of the platform", () -> new OneDnnGemm()),
    /** What ND4J has. */
    ND4J("org.nd4j:nd4j-native", Nd4jGemm::new);

    /** How the files of OpenMP's pool begin that ND4J and our kernels share. */
    private static final String POOL = "libgomp";

    private static final int SIDE = 64;

    /** What a program has to have on its class path. */
    final String artifacts;

    private final Supplier<GemmProvider> opening;

    GemmLibrary(String artifacts, Supplier<GemmProvider> opening) {
        this.artifacts = artifacts;
        this.opening = opening;
    }

    /** What {@code -Drevlayers.gemm} calls it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws LinkageError if it is not on the class path, does not load, or brings a thread pool of its own */
    public GemmProvider open() {
        if (this == ND4J) {
            return opening.get();
        }
        Set<String> pools = NativeFiles.copies(POOL);
        GemmProvider provider = opening.get();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray ones = Nd4j.ones(DataType.FLOAT, SIDE, SIDE);
            provider.multiply(ones, false, ones, false, ones.like(), false); // MKL loads its threads with the first one
        }
        requireOnePool(pools, NativeFiles.copies(POOL));
        return provider;
    }

    /** Two pools of threads spin for each other's cores, and steps take half as long again. */
    void requireOnePool(Set<String> before, Set<String> after) {
        Set<String> more = new TreeSet<>(after);
        more.removeAll(before);
        if (!before.isEmpty() && !more.isEmpty()) {
            UnsatisfiedLinkError error =
                    new UnsatisfiedLinkError("it brought a second thread pool, " + more + " beside "
                            + before + ": give this program a cache of native libraries of its own,"
                            + " -Dorg.bytedeco.javacpp.cachedir=DIR");
            Warnings.warn(log, "Products of matrices without " + word() + ": " + error.getMessage());
            throw error;
        }
    }
}
