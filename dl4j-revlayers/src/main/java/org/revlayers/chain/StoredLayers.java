package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.revlayers.layers.KeptTensor;
import org.revlayers.layers.PredictsKept;

/**
 * What {@link org.revlayers.inner.InnerNetwork} keeps for layers that run one after another, from their configurations: the inputs that
 * backward reads, and what each layer says that it keeps. A stock layer without a word of its own is taken to read its input.
 */
final class StoredLayers {

    /** One of the layers as it runs; a configuration may become none or several. */
    private record Host(boolean inPlace, boolean readsOutput, List<KeptTensor> own, InputType out) {}

    private final List<Host> hosts = new ArrayList<>();
    private final int iteration;
    private InputType type;

    StoredLayers(List<Layer> layers, InputType input, int iteration) {
        this.iteration = iteration;
        type = input;
        layers.forEach(layer -> add(layer, false));
    }

    private void add(Layer layer, boolean frozen) {
        if (layer instanceof FrozenLayer f) {
            add(f.getLayer(), true);
        } else if (layer instanceof FrozenLayerWithBackprop f) {
            add(f.getUnderlying(), true);
        } else if (layer instanceof ActivationLayer a) {
            activation(a.getActivationFn());
        } else if (layer instanceof DropoutLayer) {
            host(!frozen && isPlain(layer), false, List.of());
        } else {
            if (layer instanceof PredictsKept && isPlain(layer) && !frozen) {
                host(true, false, List.of());
            }
            List<KeptTensor> own = layer instanceof PredictsKept p ? p.predictKept(type, iteration) : List.of();
            type = layer.getOutputType(-1, type);
            host(false, false, own);
        }
    }

    private static boolean isPlain(Layer layer) {
        return layer.getIDropout() != null && layer.getIDropout().getClass() == Dropout.class;
    }

    private void activation(IActivation function) {
        if (!(function instanceof ActivationIdentity)) {
            boolean relu = function.getClass() == ActivationReLU.class;
            host(relu, relu, List.of());
        }
    }

    private void host(boolean inPlace, boolean readsOutput, List<KeptTensor> own) {
        hosts.add(new Host(inPlace, readsOutput, own, type));
    }

    boolean readsOutput() {
        return !hosts.isEmpty() && hosts.get(hosts.size() - 1).readsOutput;
    }

    /** The tensors, with this in front of their names. */
    List<KeptTensor> kept(String prefix) {
        List<KeptTensor> kept = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            int part = i;
            hosts.get(i).own.forEach(t -> kept.add(t.under(prefix + part + "/")));
            boolean isLast = i + 1 == hosts.size() || overwrites(i + 1);
            if (!isLast && isRead(i + 1)) {
                kept.add(KeptTensor.dense(
                        prefix + "input " + (i + 1), hosts.get(i).out.arrayElementsPerExample()));
            }
        }
        return kept;
    }

    private boolean overwrites(int i) {
        return hosts.get(i).inPlace && !hosts.get(i - 1).readsOutput;
    }

    private boolean isRead(int i) {
        return !hosts.get(i).inPlace || hosts.get(i - 1).readsOutput;
    }
}
