package org.revlayers.internal.inner;

import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.layers.TokenLayer;

/** Tells which layers of a container read their input as it was, though the container would keep it otherwise, and why: for reports. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class DenseReads {

    /**
     * Why backward of a layer gets its input dense.
     *
     * @param configuration of the layer, no container
     * @param setting       of an outline, with the container's way of keeping
     * @return null if the input is thinned or coded, or not read
     */
    public static String reason(Layer configuration, InnerLayers.Setting setting) {
        List<Layer> alone = List.of(configuration);
        InnerNetwork made = InnerLayers.network(alone, Slices.of(alone, null), setting);
        return made.layers().stream().anyMatch(DenseReads::readsDense)
                ? why(Wrappers.thawed(configuration), setting)
                : null;
    }

    /** Whether backward of a layer gets its input dense. */
    public static boolean readsDense(InnerLayer layer) {
        return Row.reads(layer) && layer.inputKeeper() == Keeper.DENSE;
    }

    private static String why(Layer layer, InnerLayers.Setting setting) {
        boolean foreign = isForeign(layer, setting);
        if (layer instanceof TokenLayer) {
            return kind(layer) + " computes again from its input and has no razor of its own";
        }
        if (StockLinear.isMap(layer) && !ActivationInner.isIdentity(((BaseLayer) layer).getActivationFn())) {
            return kind(layer)
                    + " runs as DL4J implements it, which computes its activation function again from its input"
                    + (setting.hosts() == HostChoice.STOCK ? ", for stockHosts is set" : "")
                    + (foreign ? ", for the network is " + setting.type() : "")
                    + ": give it the identity and put an ActivationLayer behind it";
        }
        if (layer instanceof SubsamplingLayer pooling && pooling.getPoolingType() == PoolingType.MAX) {
            return "max pooling looks for its maxima in the input again: " + causeOfMaxima(pooling, setting, foreign);
        }
        if (layer instanceof SubsamplingLayer
                || layer instanceof GlobalPoolingLayer
                || layer instanceof Subsampling3DLayer) {
            return "pooling looks for its maximum, or computes its norm, in the input again";
        }
        if (setting.hosts() == HostChoice.STOCK) {
            return kind(layer) + " runs as DL4J implements it, for stockHosts is set: the razor is off for it";
        }
        if (foreign) {
            return kind(layer) + " runs as DL4J implements it, for the network is " + setting.type()
                    + " and this library's own hosts are for FLOAT and DOUBLE: convert"
                    + " net.convertDataType(DataType.FLOAT) instead";
        }
        if (layer instanceof ActivationLayer activation && ActivationInner.hosts(activation.getActivationFn())) {
            return "activation functions keep their input as it is: ActivationMemory.DENSE";
        }
        return kind(layer) + " runs as DL4J implements it, which computes again from its input: " + cause(layer);
    }

    private static String causeOfMaxima(SubsamplingLayer pooling, InnerLayers.Setting setting, boolean foreign) {
        if (setting.hosts() == HostChoice.STOCK) {
            return "stockHosts is set";
        }
        return foreign
                ? "the network is " + setting.type() + "; convert net.convertDataType(DataType.FLOAT) instead"
                : MaxPoolInner.obstacle(pooling);
    }

    /** Whether a layer would have a host of this library if the network were FLOAT, and has none as it is. */
    private static boolean isForeign(Layer layer, InnerLayers.Setting setting) {
        return setting.hosts() == HostChoice.OWN
                && setting.type() != DataType.FLOAT
                && setting.type() != DataType.DOUBLE
                && InnerLayers.outline(List.of(layer), DataType.FLOAT, HostChoice.OWN).layers().stream()
                        .noneMatch(StockInner.class::isInstance);
    }

    /** What to call a layer, with what sets it apart from those that have a host. */
    private static String kind(Layer layer) {
        if (layer instanceof DepthwiseConvolution2D) {
            return "depthwise convolution";
        }
        if (layer instanceof SeparableConvolution2D) {
            return "separable convolution";
        }
        if (layer instanceof Deconvolution2D || layer instanceof Deconvolution3D) {
            return "transposed convolution";
        }
        if (layer instanceof Convolution3D) {
            return "3-D convolution";
        }
        if (layer instanceof Convolution1DLayer) {
            return "1-D convolution";
        }
        return layer instanceof ConvolutionLayer convolution ? kind(convolution) : simpleName(layer);
    }

    private static String kind(ConvolutionLayer layer) {
        if (layer.getCnn2dDataFormat() != CNN2DFormat.NCHW) {
            return "NHWC convolution";
        }
        if (layer.getDilation()[0] != 1 || layer.getDilation()[1] != 1) {
            return "dilated convolution";
        }
        return layer.getConvolutionMode() == ConvolutionMode.Causal ? "causal convolution" : "convolution";
    }

    private static String simpleName(Layer layer) {
        boolean format = layer instanceof BatchNormalization norm && norm.getCnn2DFormat() != CNN2DFormat.NCHW;
        return (format ? "NHWC " : "") + layer.getClass().getSimpleName();
    }

    /** Why there is no host. */
    private static String cause(Layer layer) {
        if (layer.getConstraints() != null && !layer.getConstraints().isEmpty()) {
            return "it has constraints";
        }
        if (!OwnHosts.isPlain(layer)) {
            return layer instanceof BaseLayer base && base.getWeightNoise() != null
                    ? "it has weight noise"
                    : "it has " + layer.getIDropout().getClass().getSimpleName();
        }
        if (layer instanceof DenseLayer dense && dense.hasLayerNorm()) {
            return "it has layer normalisation";
        }
        return "this library has no host for it";
    }
}
