package org.revlayers.container;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gradient normalisation of the layers inside a container, each by its own setting. DL4J normalises by network layer, and to it the whole
 * container is one; so this is done here, unless the container has a setting of its own, which then is DL4J's to apply.
 *
 * <p>DL4J divides gradients by the batch size before it normalises and the container hands over what is not divided yet: they are divided here and
 * multiplied again, which rounds unless the batch size is a power of two.
 */
final class InnerNormalization {

    private static final double TINY = 1e-5;

    private InnerNormalization() {}

    /**
     * @param gradients of all parameters, by name
     * @param flat      the same in one row
     * @param divisor   what DL4J will divide by, 1 for nothing
     */
    static void apply(ContainerLayer container, Map<String, INDArray> gradients, INDArray flat, long divisor) {
        if (isOn(container.getGradientNormalization())) {
            return;
        }
        Iterator<INDArray> slices = PartsInitializer.slices(container, flat).iterator();
        for (Part part : container.parts()) {
            INDArray slice = slices.next();
            boolean on = isOn(part.layer().getGradientNormalization());
            if (slice == null || !on && !(part.layer() instanceof ContainerLayer)) {
                continue;
            }
            Map<String, INDArray> own = new LinkedHashMap<>();
            gradients.forEach((name, gradient) -> {
                if (name.startsWith(part.prefix())) {
                    own.put(part.local(name), gradient);
                }
            });
            if (on) {
                scale(part, own, 1.0 / divisor);
                normalise(part, own, slice);
                scale(part, own, divisor);
            } else {
                apply((ContainerLayer) part.layer(), own, slice, divisor);
            }
        }
    }

    private static boolean isOn(GradientNormalization kind) {
        return kind != null && kind != GradientNormalization.None;
    }

    private static void scale(Part part, Map<String, INDArray> gradients, double factor) {
        gradients.forEach((name, gradient) -> {
            if (factor != 1 && !part.isStatistic(name)) {
                gradient.muli(factor);
            }
        });
    }

    private static void normalise(Part part, Map<String, INDArray> gradients, INDArray all) {
        double threshold = part.layer().getGradientNormalizationThreshold();
        switch (part.layer().getGradientNormalization()) {
            case RenormalizeL2PerLayer -> renormalise(all);
            case RenormalizeL2PerParamType -> gradients.values().forEach(InnerNormalization::renormalise);
            case ClipElementWiseAbsoluteValue -> Nd4j.exec(DynamicCustomOp.builder("clipbyvalue")
                    .addInputs(all)
                    .callInplace(true)
                    .addFloatingPointArguments(-threshold, threshold)
                    .build());
            case ClipL2PerLayer -> clip(all, threshold);
            case ClipL2PerParamType -> gradients.values().forEach(g -> clip(g, threshold));
            default -> throw new IllegalStateException(
                    "unknown gradient normalisation " + part.layer().getGradientNormalization());
        }
    }

    private static void renormalise(INDArray gradient) {
        double norm = gradient.norm2Number().doubleValue();
        gradient.divi(norm == 0 ? TINY : norm);
    }

    private static void clip(INDArray gradient, double threshold) {
        double norm = gradient.norm2Number().doubleValue();
        if (norm > threshold) {
            gradient.muli(threshold / norm);
        }
    }
}
