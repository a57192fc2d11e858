package org.revlayers.internal.inner;

import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2D;
import org.nd4j.linalg.api.ops.impl.layers.convolution.Conv2DDerivative;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.Arena;

/** ND4J's {@code conv2d} and {@code conv2d_bp} (oneDNN 2), which compute all gradients in one call. */
record Nd4jMap(ConvolutionLayer layer, boolean channelsLast) implements ImageMap {

    @Override
    public void forward(INDArray x, INDArray weight, INDArray bias, INDArray out) {
        exec(new Conv2D(), bias == null ? new INDArray[] {x, weight} : new INDArray[] {x, weight, bias}, out);
    }

    @Override
    public void gradients(INDArray x, INDArray weight, INDArray dy, INDArray dx, INDArray dw, INDArray db) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray to = dw == null ? scratch.take(weight.dataType(), weight.shape()) : dw;
            INDArray in = x == null ? zeros(dx, scratch) : x;
            if (db == null) {
                exec(new Conv2DDerivative(), new INDArray[] {in, weight, dy}, dx, to);
            } else {
                INDArray any = db; // of the bias, its shape alone is looked at
                exec(new Conv2DDerivative(), new INDArray[] {in, weight, any, dy}, dx, to, db);
            }
        }
    }

    private static INDArray zeros(INDArray like, Arena.Scratch scratch) {
        INDArray zeros = scratch.take(like.dataType(), like.shape());
        zeros.assign(0);
        return zeros;
    }

    private void exec(DynamicCustomOp op, INDArray[] inputs, INDArray... outputs) {
        int[] kernel = layer.getKernelSize();
        int[] stride = layer.getStride();
        int[] padding = layer.getPadding();
        boolean same = WindowShape.of(layer).isSame();
        try (OpContext context = Nd4j.getExecutioner().buildContext()) {
            context.setIArguments(
                    kernel[0],
                    kernel[1],
                    stride[0],
                    stride[1],
                    same ? 0 : padding[0],
                    same ? 0 : padding[1],
                    1,
                    1,
                    same ? 1 : 0,
                    channelsLast ? 1 : 0, // NHWC, NCHW
                    1); // weights as [out, in, h, w]
            context.setInputArrays(inputs);
            context.setOutputArrays(outputs);
            Nd4j.exec(op, context);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("an op context could not be closed", e);
        }
    }
}
