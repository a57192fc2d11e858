package org.revlayers.examples.bench;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LayerNorm over the features of {@code [batch, features, tokens]} or {@code [batch, features]} by ND4J's {@code layer_norm}: for comparison. */
class StockNorm extends SameDiffLayer {

    private static final long serialVersionUID = 1L;

    private long features;

    /** For JSON. */
    StockNorm() {}

    StockNorm(long features) {
        this.features = features;
    }

    public long getFeatures() {
        return features;
    }

    public void setFeatures(long features) {
        this.features = features;
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.clear();
        params.addWeightParam("gamma", features);
        params.addBiasParam("beta", features);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        params.get("gamma").assign(1);
        params.get("beta").assign(0);
    }

    @Override
    public SDVariable defineLayer(SameDiff sd, SDVariable x, Map<String, SDVariable> params, SDVariable mask) {
        return sd.nn.layerNorm(x, params.get("gamma"), params.get("beta"), true, 1);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return input;
    }
}
