package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.IActivation;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.layers.ScaleLayer;
import org.revlayers.layers.TokenLayer;

/** Which stock configurations have hosts of our own, and which: see {@link InnerLayers}. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class OwnHosts {

    /** Cuts a configuration's flat views into parameters, if it has a host. */
    @FunctionalInterface
    interface ViewsOf {
        Views of(Layer configuration);
    }

    /**
     * The hosts of a stock configuration, or null if there are none for it.
     *
     * @param relu    whether the next configuration is a ReLU, which may become part of this one's host
     * @param keeping how they keep what backward reads
     */
    static Made of(Layer configuration, boolean relu, Keeping keeping, ViewsOf parameters) {
        Class<?> kind = configuration.getClass();
        if (kind == ActivationLayer.class) {
            IActivation function = ((ActivationLayer) configuration).getActivationFn();
            return ActivationInner.hosts(function) ? Made.of(activation(function, keeping)) : null;
        }
        if (kind == ScaleLayer.class) {
            return Made.of(List.of(new ScaleInner(((ScaleLayer) configuration).getFactor())));
        }
        if (NormHosts.isBatchNorm(configuration)) {
            return NormHosts.of((BatchNormalization) configuration, relu, keeping, parameters);
        }
        if (kind == SubsamplingLayer.class) {
            SubsamplingLayer pooling = (SubsamplingLayer) configuration;
            return MaxPoolInner.hosts(pooling) ? Made.of(List.of(new MaxPoolInner(pooling))) : null;
        }
        if (!isPlain(configuration)) {
            return null;
        }
        if (kind == DropoutLayer.class && configuration.getIDropout() != null) {
            return Made.of(List.of(new DropoutInner((Dropout) configuration.getIDropout(), true)));
        }
        if (kind == ConvolutionLayer.class && hosts((ConvolutionLayer) configuration)) {
            Views views = parameters.of(configuration);
            return linear(
                    configuration,
                    views,
                    keeping,
                    new ConvolutionInner((ConvolutionLayer) configuration, views, keeping.linear()));
        }
        if (kind == DenseLayer.class && hosts((DenseLayer) configuration)) {
            Views views = parameters.of(configuration);
            return linear(
                    configuration, views, keeping, new DenseInner((DenseLayer) configuration, views, keeping.linear()));
        }
        return null;
    }

    /** Whether a layer is a ReLU that a batch normalisation in front may take over. */
    static boolean isRelu(Layer configuration) {
        return Wrappers.thawed(configuration) instanceof ActivationLayer activation
                && ActivationInner.isRelu(activation.getActivationFn());
    }

    /** Whether the configuration has no dropout, weight noise or constraints but what our hosts know. */
    static boolean isPlain(Layer configuration) {
        boolean known = configuration.getIDropout() == null
                || configuration.getIDropout().getClass() == Dropout.class;
        boolean noisy = configuration instanceof BaseLayer base && base.getWeightNoise() != null;
        return known && !noisy && (configuration instanceof TokenLayer || isFree(configuration));
    }

    static boolean isFree(Layer configuration) {
        return configuration.getConstraints() == null
                || configuration.getConstraints().isEmpty();
    }

    /** M2.1's conv2d does not run dilated kernels on oneDNN. */
    static boolean hosts(ConvolutionLayer layer) {
        return layer.getCnn2dDataFormat() == CNN2DFormat.NCHW
                && layer.getConvolutionMode() != ConvolutionMode.Causal
                && layer.getDilation()[0] == 1
                && layer.getDilation()[1] == 1
                && ActivationInner.hosts(layer.getActivationFn());
    }

    private static boolean hosts(DenseLayer layer) {
        return !layer.hasLayerNorm() && ActivationInner.hosts(layer.getActivationFn());
    }

    private static Made linear(Layer configuration, Views views, Keeping keeping, InnerLayer map) {
        List<InnerLayer> made = new ArrayList<>(dropout(configuration));
        made.add(map);
        made.addAll(activation(((BaseLayer) configuration).getActivationFn(), keeping));
        return new Made(made, views::setGradients, null, false);
    }

    /** The dropout in front of a plain configuration. */
    static List<InnerLayer> dropout(Layer configuration) {
        return configuration.getIDropout() == null
                ? List.of()
                : List.of(new DropoutInner((Dropout) configuration.getIDropout(), false));
    }

    private static List<InnerLayer> activation(IActivation function, Keeping keeping) {
        return ActivationInner.isIdentity(function) ? List.of() : List.of(ActivationInner.of(function, keeping));
    }
}
