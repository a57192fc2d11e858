package org.revlayers.internal.container;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.revlayers.internal.inner.Slices;

/**
 * What DL4J's updater is told of a container: its configuration, with the gradient normalisation of the layers inside, each by its own setting. To
 * DL4J the whole container is one layer; so {@link InnerNormaliser}s stand in front of the regularisation of parameters, where the updater gets to
 * when gradients have been divided by the batch: as with layers of a network, backward leaves them as they are.
 *
 * <p>Where a container has a setting of its own, it is for each of {@link ContainerLayer#normalisedTogether()}; for one group that is DL4J's to do.
 */
@RequiredArgsConstructor
final class InnerNormalization implements TrainingConfig {

    private final ContainerLayer container;

    /** All gradients of the container, in one row. */
    private final Supplier<INDArray> gradients;

    private Map<String, Regularization> normalisers;

    @Override
    public List<Regularization> getRegularizationByParam(String name) {
        if (normalisers == null) {
            normalisers = find();
        }
        List<Regularization> own = container.getRegularizationByParam(name);
        if (!normalisers.containsKey(name)) {
            return own;
        }
        List<Regularization> all = new ArrayList<>(List.of(normalisers.get(name)));
        if (own != null) {
            all.addAll(own);
        }
        return all;
    }

    private Map<String, Regularization> find() {
        Map<String, Regularization> found = new HashMap<>();
        if (!isOn(container)) {
            find(container, "", 0, found);
        } else if (isSplit()) {
            long from = 0;
            for (List<Part> group : container.normalisedTogether()) {
                from = add(container, group, "", from, found);
            }
        }
        return found;
    }

    private void find(ContainerLayer outer, String prefix, long from, Map<String, Regularization> found) {
        long at = from;
        for (Part part : outer.parts()) {
            if (isOn(part.layer())) {
                at = add(part.layer(), List.of(part), prefix, at, found);
                continue;
            }
            if (part.layer() instanceof ContainerLayer inner) {
                find(inner, prefix + part.prefix(), at, found);
            }
            at += parameters(part);
        }
    }

    private static long parameters(Part part) {
        return Slices.parameters(part.layer());
    }

    /** For layers that lie one behind the other. */
    private long add(Layer setting, List<Part> group, String prefix, long from, Map<String, Regularization> found) {
        long to =
                from + group.stream().mapToLong(InnerNormalization::parameters).sum();
        boolean first = true;
        for (Part part : group) {
            for (String key : part.layer().initializer().paramKeys(part.layer())) {
                Supplier<INDArray> all = !first
                        ? null
                        : () -> {
                            INDArray row = gradients.get();
                            return row.reshape(row.length()).get(NDArrayIndex.interval(from, to));
                        };
                found.put(
                        prefix + part.prefix() + key,
                        new InnerNormaliser(
                                setting.getGradientNormalization(), setting.getGradientNormalizationThreshold(), all));
                first = false;
            }
        }
        return to;
    }

    private static boolean isOn(Layer layer) {
        GradientNormalization kind = layer.getGradientNormalization();
        return kind != null && kind != GradientNormalization.None;
    }

    private boolean isSplit() {
        return container.normalisedTogether().size() > 1;
    }

    @Override
    public GradientNormalization getGradientNormalization() {
        return isOn(container) && isSplit() ? GradientNormalization.None : container.getGradientNormalization();
    }

    @Override
    public double getGradientNormalizationThreshold() {
        return container.getGradientNormalizationThreshold();
    }

    @Override
    public String getLayerName() {
        return container.getLayerName();
    }

    @Override
    public boolean isPretrainParam(String name) {
        return container.isPretrainParam(name);
    }

    @Override
    public IUpdater getUpdaterByParam(String name) {
        return container.getUpdaterByParam(name);
    }

    @Override
    public void setDataType(DataType type) {
        container.setDataType(type);
    }
}
