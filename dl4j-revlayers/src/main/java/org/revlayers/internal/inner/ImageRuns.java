package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;

/**
 * Where a row of layers has its images with the channels last: between the first and the last of neighbours that can all have them so, if one of them gains by it.
 * A convolution of one by one is one matrix product for the whole batch then, and not one per example. Layers elsewhere that are made of others are
 * {@link InnerLayer#turned() turned} by themselves, and so is a first one that backward computes again from its input: who is around the row keeps that
 * input, and a copy in the other order would be kept beside it.
 *
 * <p>On the CPU; {@code -Drevlayers.images=nchw} leaves them as Deeplearning4j has them.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class ImageRuns {

    private static final String PROPERTY = "revlayers.images";

    /** Whether images may be so here. */
    public static boolean areTurned() {
        return Nd4j.getEnvironment().isCPU() && !"nchw".equalsIgnoreCase(System.getProperty(PROPERTY));
    }

    /** The layers, told where that is so, with the turns before and behind. */
    static List<InnerLayer> of(List<InnerLayer> layers) {
        List<InnerLayer> turned = new ArrayList<>();
        int at = 0;
        if (!layers.isEmpty() && layers.get(0) instanceof InnerModel first && first.isComputedAgain()) {
            turned.add(first.turned());
            at++;
        }
        while (at < layers.size()) {
            int end = at;
            while (end < layers.size() && ChannelsLast.can(layers.get(end))) {
                end++;
            }
            List<InnerLayer> run = layers.subList(at, end);
            if (run.stream().anyMatch(ChannelsLast::gains)) {
                run.forEach(ChannelsLast::tell);
                turned.add(AxisOrder.TO_LAST);
                turned.addAll(run);
                turned.add(AxisOrder.TO_FIRST);
            } else {
                run.forEach(layer -> turned.add(layer.turned()));
            }
            if (end < layers.size()) {
                turned.add(layers.get(end).turned());
            }
            at = end + 1;
        }
        return turned;
    }
}
