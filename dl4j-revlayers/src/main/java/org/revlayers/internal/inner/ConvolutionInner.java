package org.revlayers.internal.inner;

import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.convolution.Convolutions;

/**
 * The convolution of DL4J's {@link ConvolutionLayer} on {@code [mb, channels, h, w]}, or with the channels last; not dilated.
 *
 * <p>Kernels of one by one without padding are matrix products ({@link PointwiseMap}). All others are oneDNN 3's where the channels are last and the library is there
 * ({@link OneDnnMap}), else ND4J's ({@link Nd4jMap}). Measured on two cores at ResNet-50's shapes, channels first, batch 8 and 1, in ms, forward / backward:
 *
 * <pre>
 *                        products        conv2d
 *   256→64, 56×56       8.8 / 22.3    14.2 / 32.5
 *   64→256, 56×56       6.7 / 20.5    17.3 / 25.2
 *   1024→256, 14×14     5.1 / 13.2    11.0 / 12.2
 *   2048→512, 7×7       9.0 / 19.4     9.2 / 16.4
 *   256→512, stride 2  14.8 / 29.9    18.5 / 38.6
 *   256→64, batch 1    0.65 / 1.56     1.5 / 2.5
 * </pre>
 */
final class ConvolutionInner extends LinearInner<ConvolutionLayer> implements ChannelsLast {

    private boolean channelsLast;

    ConvolutionInner(ConvolutionLayer layer, Views views, Keeper input) {
        super(layer, views, input);
    }

    /** {@code [out, in, height, width]}. */
    INDArray weight() {
        return views.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
    }

    /** Null for none. */
    INDArray bias() {
        return layer.hasBias() ? views.parameter(ConvolutionParamInitializer.BIAS_KEY) : null;
    }

    @Override
    public long[] outputShape(long... input) {
        WindowShape shape = WindowShape.of(layer);
        return channelsLast
                ? AxisOrder.TO_LAST.of(shape.output(weight(), AxisOrder.TO_FIRST.of(input)))
                : shape.output(weight(), input);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return PointwiseMap.fits(layer) || Convolutions.get() != null;
    }

    @Override
    public void haveChannelsLast() {
        channelsLast = true;
    }

    /** How it is computed, with any weight and bias. */
    ImageMap map() {
        if (PointwiseMap.fits(layer)) {
            return new PointwiseMap(layer, channelsLast);
        }
        Convolutions library = channelsLast && weight().dataType() == DataType.FLOAT ? Convolutions.get() : null;
        return library == null ? new Nd4jMap(layer, channelsLast) : new OneDnnMap(layer, library);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        map().forward(x, weight(), bias(), out);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        map().gradients(
                        x,
                        weight(),
                        dy,
                        dx,
                        views.gradient(ConvolutionParamInitializer.WEIGHT_KEY),
                        views.gradient(ConvolutionParamInitializer.BIAS_KEY));
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return WindowShape.of(layer).mask(mask);
    }

    @Override
    public String toString() {
        return WindowShape.of(layer).name();
    }
}
