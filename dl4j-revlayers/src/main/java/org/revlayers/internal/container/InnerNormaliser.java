package org.revlayers.internal.container;

import java.util.function.Supplier;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Gradient normalisation of one parameter inside a container, in the same operations as DL4J's own: the same bits. Of a kind that takes a whole layer
 * together, the layer's first parameter does it for all.
 */
@RequiredArgsConstructor
final class InnerNormaliser implements Regularization {

    private static final long serialVersionUID = 1L;

    private static final double TINY = 1e-5;

    private final GradientNormalization kind;
    private final double threshold;

    /** The gradients of the whole layer, for its first parameter; else null. */
    private final transient Supplier<INDArray> layer;

    @Override
    public ApplyStep applyStep() {
        return ApplyStep.BEFORE_UPDATER;
    }

    @Override
    public void apply(INDArray parameter, INDArray gradient, double rate, int iteration, int epoch) {
        switch (kind) {
            case RenormalizeL2PerParamType -> renormalise(gradient);
            case ClipL2PerParamType -> {
                double norm = norm(gradient);
                if (norm > threshold) {
                    gradient.divi(norm / threshold);
                }
            }
            default -> {
                if (layer != null) {
                    apply(layer.get());
                }
            }
        }
    }

    private void apply(INDArray all) {
        switch (kind) {
            case RenormalizeL2PerLayer -> renormalise(all);
            case ClipL2PerLayer -> {
                double norm = norm(all);
                if (norm > threshold) {
                    all.muli(threshold / norm);
                }
            }
            case ClipElementWiseAbsoluteValue -> Nd4j.exec(DynamicCustomOp.builder("clipbyvalue")
                    .addInputs(all)
                    .callInplace(true)
                    .addFloatingPointArguments(-threshold, threshold)
                    .build());
            default -> throw new IllegalStateException("unknown gradient normalisation " + kind);
        }
    }

    private static void renormalise(INDArray gradient) {
        double norm = norm(gradient);
        gradient.divi(norm == 0 ? TINY : norm);
    }

    private static double norm(INDArray gradient) {
        return gradient.norm2Number().doubleValue();
    }

    @Override
    public double score(INDArray parameter, int iteration, int epoch) {
        return 0;
    }

    @Override
    public Regularization clone() {
        return new InnerNormaliser(kind, threshold, layer);
    }
}
