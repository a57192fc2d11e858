package org.revlayers.internal.inner;

import java.util.List;
import java.util.function.Consumer;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.memory.Arena;

/**
 * A layer that does not learn: it runs as in inference and passes the gradient on. One that cannot but compute parameter gradients gets
 * scratch memory for them.
 */
@RequiredArgsConstructor
final class FrozenInner implements InnerLayer, ChannelsLast {

    private final InnerLayer layer;
    private final DataType type;

    /** Length of the parameter gradients that it must be given a place for, or 0. */
    private final long gradients;

    private final Consumer<INDArray> gradientView;

    /** A frozen layer runs as in inference; DL4J's implementations may draw noise in backward all the same. */
    static Layer withoutNoise(Layer configuration) {
        Layer quiet = configuration.clone();
        quiet.setIDropout(null);
        if (quiet instanceof BaseLayer base) {
            base.setWeightNoise(null);
        }
        return quiet;
    }

    @Override
    public boolean canHaveChannelsLast() {
        return ChannelsLast.can(layer);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return ChannelsLast.gains(layer);
    }

    @Override
    public void haveChannelsLast() {
        ChannelsLast.tell(layer);
    }

    @Override
    public InnerLayer turned() {
        return new FrozenInner(layer.turned(), type, gradients, gradientView);
    }

    @Override
    public long[] outputShape(long... input) {
        return layer.outputShape(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        layer.forward(x, out, pass.frozen(), keep);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            if (gradients > 0) {
                gradientView.accept(scratch.take(type, 1, gradients));
            }
            layer.backward(x, out, dy, dx, pass.frozen(), keep);
        }
    }

    @Override
    public long verifiedReconstructions() {
        return layer.verifiedReconstructions();
    }

    @Override
    public boolean readsOutput() {
        return layer.readsOutput();
    }

    @Override
    public boolean readsInput() {
        return layer.readsInput();
    }

    @Override
    public Keeper inputKeeper() {
        return layer.inputKeeper().forBackward(); // it reads its input as it is
    }

    @Override
    public InputType outputType(InputType input) {
        return layer.outputType(input);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return layer.predictKept(input);
    }

    @Override
    public boolean worksInPlace() {
        return layer.worksInPlace();
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return layer.outputMask(mask, batch);
    }

    @Override
    public void clear() {
        layer.clear();
    }

    @Override
    public String toString() {
        return "frozen " + layer;
    }
}
