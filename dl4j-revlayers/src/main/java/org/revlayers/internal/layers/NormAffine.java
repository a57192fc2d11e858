package org.revlayers.internal.layers;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.HostNumbers;

/** Gamma and beta of a {@link BatchNormalization}: parameters, or locked. */
public final class NormAffine {

    private final Function<String, INDArray> parameters;
    private final boolean locked;

    /** The locked numbers, or null for 1 and 0. */
    private final INDArray lockedGamma;

    private final INDArray lockedBeta;

    /** @param parameters by the names of DL4J's initialiser; null in an outline */
    public NormAffine(BatchNormalization layer, Function<String, INDArray> parameters) {
        this.parameters = parameters;
        locked = layer.isLockGammaBeta();
        INDArray mean = parameters.apply(BatchNormalizationParamInitializer.GLOBAL_MEAN);
        boolean unusual = locked && !isDefault(layer) && mean != null;
        lockedGamma = unusual ? constant(layer.getGamma(), mean) : null;
        lockedBeta = unusual ? constant(layer.getBeta(), mean) : null;
    }

    private static INDArray constant(double value, INDArray like) {
        return Nd4j.valueArrayOf(new long[] {like.length()}, value, like.dataType());
    }

    /** Whether DL4J's forward does what its backward differentiates: it leaves out locked values if only one of them is unusual. */
    public static boolean isConsistent(BatchNormalization layer) {
        return !layer.isLockGammaBeta() || isDefault(layer) || layer.getGamma() != 1 && layer.getBeta() != 0;
    }

    private static boolean isDefault(BatchNormalization layer) {
        return layer.getGamma() == 1 && layer.getBeta() == 0;
    }

    /** Null for 1. */
    public INDArray gamma() {
        return locked ? lockedGamma : parameters.apply(BatchNormalizationParamInitializer.GAMMA);
    }

    /** Null for 0. */
    public INDArray beta() {
        return locked ? lockedBeta : parameters.apply(BatchNormalizationParamInitializer.BETA);
    }

    /** For loops on the host. */
    public double[] gammas(long channels) {
        return HostNumbers.of(gamma(), channels, 1);
    }

    public double[] betas(long channels) {
        return HostNumbers.of(beta(), channels, 0);
    }
}
