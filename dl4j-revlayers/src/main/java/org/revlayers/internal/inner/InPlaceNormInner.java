package org.revlayers.internal.inner;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.InPlaceNorm;
import org.revlayers.internal.layers.InPlaceRule;

/**
 * DL4J's {@link BatchNormalization} and the function behind it, whose backward reads their output, which a layer behind reads anyway: the input is not kept. The last
 * layer of a network, whose output is not the network's to keep, reads its input.
 */
final class InPlaceNormInner implements InnerLayer {

    private final BatchNormalization layer;
    private final InPlaceRule rule;
    private final Views views;
    private InPlaceNorm norm;
    private boolean fromInput;

    InPlaceNormInner(BatchNormalization layer, InPlaceRule rule, Views views) {
        this.layer = layer;
        this.rule = rule;
        this.views = views;
        make(views.isFrozen());
    }

    private void make(boolean input) {
        fromInput = input;
        norm = new InPlaceNorm(layer, rule, views::parameter, views::gradient, input);
    }

    /** Has backward read the input. */
    void readInput() {
        make(true);
    }

    @Override
    public long[] outputShape(long... input) {
        norm.check(input);
        return input.clone();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        norm.forward(x, out, pass.training(), keep);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        norm.backward(x, out, dy, dx, pass.training(), keep);
        keep.clear();
    }

    @Override
    public boolean readsInput() {
        return fromInput;
    }

    @Override
    public boolean readsOutput() {
        return !fromInput;
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        long elements = input.arrayElementsPerExample();
        return views.isFrozen() ? List.of() : norm.predict(channels(input), elements);
    }

    /** The size of the second axis. */
    static long channels(InputType input) {
        return input instanceof InputType.InputTypeConvolutional c ? c.getChannels() : input.arrayElementsPerExample();
    }

    @Override
    public String toString() {
        return "in-place batch normalisation and " + rule.function();
    }
}
