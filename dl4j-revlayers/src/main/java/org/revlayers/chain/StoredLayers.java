package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
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
 * backward reads, and what each layer says that it keeps. Left out: two numbers per channel of a batch normalisation, and what is different
 * for the rare convolutions and dense layers that only DL4J's implementation knows.
 */
final class StoredLayers {

    /** One of the layers as it runs; a configuration may become none or several. */
    private record Host(boolean inPlace, boolean readsOutput, List<KeptTensor> own, InputType out) {}

    private final List<Host> hosts = new ArrayList<>();
    private final boolean stock;
    private final int iteration;
    private InputType type;

    /** @param stock whether stock configurations run as DL4J implements them */
    StoredLayers(List<Layer> layers, boolean stock, InputType input, int iteration) {
        this.stock = stock;
        this.iteration = iteration;
        type = input;
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = thawed(layers.get(i));
            boolean frozen = layer != layers.get(i);
            boolean relu = i + 1 < layers.size()
                    && thawed(layers.get(i + 1)) instanceof ActivationLayer next
                    && isRelu(next.getActivationFn());
            if (!stock
                    && relu
                    && layer instanceof BatchNormalization norm
                    && norm.getCnn2DFormat() == CNN2DFormat.NCHW) {
                i++; // one host for both
            }
            add(layer, frozen);
        }
    }

    private static Layer thawed(Layer layer) {
        if (layer instanceof FrozenLayer f) {
            return thawed(f.getLayer());
        }
        return layer instanceof FrozenLayerWithBackprop f ? thawed(f.getUnderlying()) : layer;
    }

    private void add(Layer layer, boolean frozen) {
        boolean drops =
                !frozen && layer.getIDropout() != null && layer.getIDropout().getClass() == Dropout.class;
        if (layer instanceof PredictsKept conf) {
            dropout(drops);
            List<KeptTensor> own = conf.predictKept(type, iteration);
            type = layer.getOutputType(-1, type);
            host(false, false, own);
        } else if (stock) {
            map(layer);
        } else if (layer instanceof ActivationLayer a) {
            activation(a.getActivationFn());
        } else if (layer instanceof DropoutLayer && drops) {
            dropout(true);
        } else if (layer.getClass() == ConvolutionLayer.class || layer.getClass() == DenseLayer.class) {
            dropout(drops);
            map(layer);
            activation(((BaseLayer) layer).getActivationFn());
        } else {
            map(layer);
        }
    }

    private void dropout(boolean is) {
        if (is) {
            host(true, false, List.of());
        }
    }

    private void map(Layer layer) {
        type = layer.getOutputType(-1, type);
        host(false, false, List.of());
    }

    private void activation(IActivation function) {
        if (!(function instanceof ActivationIdentity)) {
            host(isRelu(function), isRelu(function), List.of());
        }
    }

    private static boolean isRelu(IActivation function) {
        return function.getClass() == ActivationReLU.class;
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
