package org.revlayers.internal.inner;

import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

/** A model of which nothing but the input is kept: backward runs its forward once more. */
@RequiredArgsConstructor
public final class Recomputed implements InnerModel, ChannelsLast {

    private final InnerModel model;

    @Override
    public boolean isComputedAgain() {
        return true;
    }

    @Override
    public boolean canHaveChannelsLast() {
        return ChannelsLast.can(model);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return ChannelsLast.gains(model);
    }

    @Override
    public void haveChannelsLast() {
        ChannelsLast.tell(model);
    }

    @Override
    public Recomputed turned() {
        return new Recomputed(model.turned());
    }

    @Override
    public long[] outputShape(long... input) {
        return model.outputShape(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        model.forward(x, out, pass);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        model.forward(x, out, pass);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        Kept local = Kept.near();
        local.begin();
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            // DL4J hands a dy on that may have an axis more
            INDArray again = scratch.take(dy.dataType(), model.outputShape(x.shape()));
            model.forward(x, again, pass, local);
            if (!model.readsOutput()) {
                scratch.give(again);
            }
            model.backward(x, model.readsOutput() ? again : null, dy, dx, pass, local);
        } finally {
            local.clear();
        }
    }

    @Override
    public InputType outputType(InputType input) {
        return model.outputType(input);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return model.outputMask(mask, batch);
    }

    @Override
    public long parameters() {
        return model.parameters();
    }

    @Override
    public void setGradients(INDArray flat) {
        model.setGradients(flat);
    }

    @Override
    public long verifiedReconstructions() {
        return model.verifiedReconstructions();
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        model.applyConstraints(iteration, epoch);
    }

    @Override
    public void clear() {
        model.clear();
    }

    @Override
    public String toString() {
        return "recomputed " + model;
    }
}
