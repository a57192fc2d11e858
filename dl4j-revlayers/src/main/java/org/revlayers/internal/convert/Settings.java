package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;

/** Updaters and regularisation of a container, which are those of the layers inside that have none: transfer learning puts them there. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Settings {

    /**
     * Gives a container that was made of a network's layers what DL4J wants of every layer: it takes one without updater, activation function or
     * weight initialisation for a model file of old, and sets learning rates of updaters that a layer of the network has. If all layers inside
     * have the same updater, it is the container's from now on; else the container's is that of none of them.
     */
    static void lift(ContainerLayer container) {
        complete(container);
        List<Layer> trained = leaves(container).stream()
                .filter(leaf -> leaf instanceof BaseLayer || leaf instanceof AbstractSameDiffLayer)
                .toList();
        List<IUpdater> updaters =
                trained.stream().map(Settings::updater).distinct().toList();
        updaters.stream().filter(Objects::nonNull).findFirst().ifPresent(u -> container.setIUpdater(u.clone()));
        if (updaters.size() == 1) {
            trained.forEach(leaf -> setUpdater(leaf, null));
        }
    }

    /** Gives a container around others, each with settings of its own, what DL4J wants of every layer, an updater that one of them has among that. */
    static void around(ContainerLayer container, List<Layer> inside) {
        complete(container);
        inside.stream()
                .map(layer -> ((BaseLayer) layer).getIUpdater())
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(updater -> container.setIUpdater(updater.clone()));
    }

    private static void complete(ContainerLayer container) {
        container.setActivationFn(new ActivationIdentity());
        container.setWeightInitFn(new WeightInitXavier());
    }

    private static IUpdater updater(Layer layer) {
        return layer instanceof BaseLayer base ? base.getIUpdater() : ((AbstractSameDiffLayer) layer).getUpdater();
    }

    private static void setUpdater(Layer layer, IUpdater updater) {
        if (layer instanceof BaseLayer base) {
            base.setIUpdater(updater);
        } else {
            ((AbstractSameDiffLayer) layer).setUpdater(updater);
        }
    }

    /** Gives them to the layers inside, which are to be layers of a network again. */
    static void handDown(ContainerLayer container) {
        for (Layer inside : container.innerLayers().values()) {
            Layer layer = Wrappers.thawed(inside);
            if (layer instanceof ContainerLayer deeper) {
                handDown(deeper);
                leaves(deeper).forEach(leaf -> handDown(container, leaf));
            } else {
                handDown(container, layer);
            }
        }
    }

    /** Gives the layers that a chain of transformer blocks was made of what those that stand for them have now. */
    static void handBack(ReversibleChain chain) {
        handDown(chain);
        int stem = chain.getStem().size();
        for (int i = 0; i < chain.getOrigin().size(); i++) {
            Layer now = i < stem
                    ? chain.getStem().get(i)
                    : chain.getSubBlocks().get(2 * (i - stem)).getFunction().get(0);
            BaseLayer from = (BaseLayer) Wrappers.thawed(now);
            BaseLayer to = (BaseLayer) Wrappers.thawed(chain.getOrigin().get(i));
            to.setIUpdater(from.getIUpdater());
            to.setBiasUpdater(from.getBiasUpdater());
            to.setRegularization(from.getRegularization());
            to.setRegularizationBias(from.getRegularizationBias());
        }
    }

    static List<Layer> leaves(ContainerLayer container) {
        List<Layer> leaves = new ArrayList<>();
        for (Layer inside : container.innerLayers().values()) {
            Layer layer = Wrappers.thawed(inside);
            if (layer instanceof ContainerLayer deeper) {
                leaves.addAll(leaves(deeper));
            } else {
                leaves.add(layer);
            }
        }
        return leaves;
    }

    private static void handDown(ContainerLayer from, Layer to) {
        if (to instanceof BaseLayer layer) {
            layer.setIUpdater(either(layer.getIUpdater(), from.getIUpdater()));
            layer.setBiasUpdater(either(layer.getBiasUpdater(), from.getBiasUpdater()));
            layer.setRegularization(both(layer.getRegularization(), from.getRegularization()));
            layer.setRegularizationBias(both(layer.getRegularizationBias(), from.getRegularizationBias()));
        } else if (to instanceof AbstractSameDiffLayer layer) {
            layer.setUpdater(either(layer.getUpdater(), from.getIUpdater()));
            layer.setBiasUpdater(either(layer.getBiasUpdater(), from.getBiasUpdater()));
            layer.setRegularization(both(layer.getRegularization(), from.getRegularization()));
            layer.setRegularizationBias(both(layer.getRegularizationBias(), from.getRegularizationBias()));
        }
    }

    private static IUpdater either(IUpdater own, IUpdater inherited) {
        return own != null || inherited == null ? own : inherited.clone();
    }

    private static List<Regularization> both(List<Regularization> own, List<Regularization> inherited) {
        if (inherited == null || inherited.isEmpty()) {
            return own;
        }
        List<Regularization> all = new ArrayList<>(Objects.requireNonNullElse(own, List.of()));
        for (Regularization more : inherited) {
            if (all.stream().noneMatch(o -> o.getClass() == more.getClass())) {
                all.add(more.clone());
            }
        }
        return all;
    }
}
