package org.revlayers.internal.inner;

import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.BaseUpsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.revlayers.layers.ScaleLayer;

/** Which stock configurations are linear maps, so that their input gradients do not depend on their inputs, as DL4J implements them. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class StockLinear {

    private static final List<Class<?>> COPIES = List.of(
            BaseUpsamplingLayer.class,
            ZeroPadding1DLayer.class,
            ZeroPaddingLayer.class,
            ZeroPadding3DLayer.class,
            Cropping1D.class,
            Cropping2D.class,
            Cropping3D.class,
            SpaceToBatchLayer.class,
            SpaceToDepthLayer.class,
            ScaleLayer.class);

    /**
     * A map with weights: dense, or a convolution of any kind (depthwise, separable, transposed, 1-D, 3-D, dilated, NHWC), with the identity for
     * its activation function. Its backward on x̂ gives the exact dx and db, and the dW of its own formula on x̂. Dropout that draws its mask
     * without looking at the input leaves it linear.
     */
    static boolean isWeighted(Layer configuration) {
        return isMap(configuration)
                && ActivationInner.isIdentity(((FeedForwardLayer) configuration).getActivationFn())
                && ((FeedForwardLayer) configuration).getWeightNoise() == null
                && (configuration.getIDropout() == null
                        || configuration.getIDropout().getClass() == Dropout.class);
    }

    /** The same with any activation function and dropout. */
    static boolean isMap(Layer configuration) {
        return configuration instanceof ConvolutionLayer
                || configuration instanceof DenseLayer dense && !dense.hasLayerNorm();
    }

    /** A sum, copies or multiples, without weights: backward reads nothing. */
    static boolean isWithoutWeights(Layer configuration) {
        if (configuration instanceof SubsamplingLayer pooling) {
            return pooling.getPoolingType() == PoolingType.AVG || pooling.getPoolingType() == PoolingType.SUM;
        }
        if (configuration instanceof GlobalPoolingLayer pooling) {
            return pooling.getPoolingType() == PoolingType.AVG || pooling.getPoolingType() == PoolingType.SUM;
        }
        return COPIES.stream().anyMatch(kind -> kind.isInstance(configuration));
    }
}
