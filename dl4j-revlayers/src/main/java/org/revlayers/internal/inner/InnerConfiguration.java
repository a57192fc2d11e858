package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;

/** The configuration that an inner layer is made with. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class InnerConfiguration {

    /** The container's with another layer. */
    public static NeuralNetConfiguration of(NeuralNetConfiguration outer, Layer configuration) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(configuration);
        conf.setSeed(outer.getSeed());
        conf.setDataType(outer.getDataType());
        conf.setMiniBatch(outer.isMiniBatch());
        conf.setMinimize(outer.isMinimize());
        conf.setMaxNumLineSearchIterations(outer.getMaxNumLineSearchIterations());
        conf.setOptimizationAlgo(outer.getOptimizationAlgo());
        conf.setStepFunction(outer.getStepFunction());
        conf.setCacheMode(CacheMode.NONE);
        return conf;
    }
}
