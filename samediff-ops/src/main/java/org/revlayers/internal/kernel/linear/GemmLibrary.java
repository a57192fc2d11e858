package org.revlayers.internal.kernel.linear;

import java.util.Locale;
import java.util.function.Supplier;

/** The libraries for products of matrices, in the order in which they are taken where no measurement says. */
public enum GemmLibrary {
    /** Intel's. */
    MKL("org.bytedeco:mkl, with the classifiers of the platform and its -redist", () -> new MklGemm()),
    /** oneDNN 3. */
    ONEDNN("org.bytedeco:dnnl and org.bytedeco:opencl, with the classifier of the platform", () -> new OneDnnGemm()),
    /** What ND4J has. */
    ND4J("org.nd4j:nd4j-native", Nd4jGemm::new);

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

    /** @throws LinkageError if it is not on the class path, or does not load */
    public GemmProvider open() {
        return opening.get();
    }
}
