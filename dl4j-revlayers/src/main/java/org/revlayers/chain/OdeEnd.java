package org.revlayers.chain;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

/**
 * How the two streams behind reversible Heun's last coupling become z, which is computed again in backward: z = (x + y)/2 + h/2·f(x, t).
 *
 * @param features where they are
 * @param step     h/2·f(·, t)
 */
record OdeEnd(Features features, InnerNetwork step) implements InnerLayer {

    @Override
    public long[] outputShape(long... input) {
        return features.resized(input, size -> size / 2);
    }

    @Override
    public InputType outputType(InputType input) {
        return features.resized(input, size -> size / 2);
    }

    @Override
    public void forward(INDArray streams, INDArray z, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray x = newer(streams, scratch);
            step.forward(x, z, pass, keep);
            z.addi(x.addi(features.half(streams, 0)).muli(0.5));
        }
    }

    private INDArray newer(INDArray streams, Arena.Scratch scratch) {
        return scratch.take(streams.dataType(), outputShape(streams.shape())).assign(features.half(streams, 1));
    }

    @Override
    public void backward(INDArray streams, INDArray out, INDArray dz, INDArray dStreams, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray x = newer(streams, scratch);
            INDArray dx = scratch.take(dz.dataType(), x.shape());
            step.backward(x, null, dz, dx, pass, keep);
            INDArray half = x.assign(dz).muli(0.5);
            features.half(dStreams, 0).assign(half);
            features.half(dStreams, 1).assign(dx.addi(half));
        }
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return step.outputMask(mask, batch);
    }

    @Override
    public void clear() {
        step.clear();
    }
}
