package org.revlayers.examples.bench;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Patches {@code [batch, features, rows, columns]} to tokens {@code [batch, features, tokens]}: a class token behind them, positions added,
 * by stock ops: for comparison.
 */
class StockTokens extends SameDiffLayer {

    private static final long serialVersionUID = 1L;
    private static final double SPREAD = 0.02;

    private long features;
    private long tokens;

    /** For JSON. */
    StockTokens() {}

    StockTokens(long features, long tokens) {
        this.features = features;
        this.tokens = tokens;
    }

    public long getFeatures() {
        return features;
    }

    public void setFeatures(long features) {
        this.features = features;
    }

    public long getTokens() {
        return tokens;
    }

    public void setTokens(long tokens) {
        this.tokens = tokens;
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.clear();
        params.addWeightParam("classToken", 1, features, 1);
        params.addWeightParam("position", 1, features, tokens);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
        params.values()
                .forEach(p -> p.assign(Nd4j.randn(p.dataType(), p.shape()).muli(SPREAD)));
    }

    @Override
    public SDVariable defineLayer(SameDiff sd, SDVariable x, Map<String, SDVariable> params, SDVariable mask) {
        SDVariable patches = x.reshape(-1, features, tokens - 1);
        // One class token per image: broadcast over the batch by adding it to zeros of that shape.
        SDVariable zeros = patches.mean(true, 2).mul(0);
        SDVariable classToken = zeros.add(params.get("classToken"));
        return sd.concat(2, patches, classToken).add(params.get("position"));
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return InputType.recurrent(features, tokens);
    }
}
