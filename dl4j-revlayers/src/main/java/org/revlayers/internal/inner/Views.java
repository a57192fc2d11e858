package org.revlayers.internal.inner;

import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters and gradient views of one stock configuration, cut from flat views as its own initialiser does. */
final class Views {

    private final NeuralNetConfiguration conf;
    private final Map<String, INDArray> parameters;
    private final boolean frozen;
    private Map<String, INDArray> gradients = Map.of();

    /**
     * @param flat   the parameters, or null for an outline
     * @param frozen whether nobody will want gradients
     */
    Views(NeuralNetConfiguration conf, INDArray flat, boolean initialize, boolean frozen) {
        this.conf = conf;
        this.frozen = frozen;
        parameters = flat == null ? Map.of() : conf.getLayer().initializer().init(conf, flat, initialize);
    }

    boolean isFrozen() {
        return frozen;
    }

    INDArray parameter(String name) {
        return parameters.get(name);
    }

    void setGradients(INDArray flat) {
        gradients = conf.getLayer().initializer().getGradientsFromFlattened(conf, flat);
    }

    /** The view that a gradient goes to; null if nobody wants it. */
    INDArray gradient(String name) {
        return gradients.get(name);
    }

    boolean wantGradients() {
        return !gradients.isEmpty();
    }
}
