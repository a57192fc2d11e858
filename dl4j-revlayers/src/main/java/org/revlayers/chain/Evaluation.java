package org.revlayers.chain;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;

/**
 * One evaluation of a {@link VectorField}. θ is not its own: {@link OdeStart} answers for it.
 *
 * @param field the field
 * @param last  whether it is the last one of the solve
 */
record Evaluation(VectorField field, boolean last) implements InnerModel {

    @Override
    public long[] outputShape(long... input) {
        return field.layers().outputShape(input);
    }

    @Override
    public InputType outputType(InputType input) {
        return field.layers().outputType(input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        field.layers().forward(x, out, field.draw(pass));
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        field.layers().forward(x, out, field.draw(pass), keep);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        field.layers().backward(x, out, dy, dx, field.draw(pass), keep);
        field.addGradient(last);
    }

    @Override
    public boolean readsOutput() {
        return field.layers().readsOutput();
    }

    @Override
    public boolean readsInput() {
        return field.layers().readsInput();
    }

    @Override
    public Keeper inputKeeper() {
        return field.layers().inputKeeper();
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return field.layers().predictKept(input);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return field.layers().outputMask(mask, batch);
    }

    @Override
    public long parameters() {
        return 0;
    }

    @Override
    public void setGradients(INDArray flat) {}

    @Override
    public void applyConstraints(int iteration, int epoch) {}

    @Override
    public void clear() {
        field.layers().clear();
    }

    @Override
    public String toString() {
        return field.layers().toString();
    }
}
