package org.revlayers.internal.inner;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Layouts;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.layers.TokenHost;
import org.revlayers.layers.TokenLayer;

/**
 * One of this library's layers without parameters: it tells what it keeps and does not run.
 *
 * @param configuration knows shapes
 * @param host          knows what backward reads
 */
record Outline(TokenLayer configuration, TokenHost<?> host) implements InnerLayer {

    @Override
    public long[] outputShape(long... input) {
        throw doesNotRun();
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        throw doesNotRun();
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        throw doesNotRun();
    }

    private static UnsupportedOperationException doesNotRun() {
        return new UnsupportedOperationException("an outline has no parameters and does not run");
    }

    @Override
    public boolean readsInput() {
        return host.readsInput();
    }

    @Override
    public Keeper inputKeeper() {
        return host.inputKeeper();
    }

    @Override
    public boolean readsOutput() {
        return host.readsOutput();
    }

    @Override
    public boolean worksInPlace() {
        return host.worksInPlace();
    }

    @Override
    public InputType outputType(InputType input) {
        return Layouts.output(configuration, input);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return host.predictKept(input);
    }
}
