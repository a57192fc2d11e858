package org.revlayers.chain;

import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.Slices;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.memory.Arena;

/**
 * A chain as one layer of another container. Its end state is its own: who owns the output may let the next layer write over it.
 *
 * @param chain the configuration
 * @param type  of the network's arrays
 * @param run   its steps; those of an outline do not run
 */
record ChainInner(StreamLayer chain, DataType type, ChainRun run) implements InnerModel, ChannelsLast {

    @Override
    public boolean isComputedAgain() {
        return readsInput();
    }

    @Override
    public boolean canHaveChannelsLast() {
        return run.canHaveChannelsLast();
    }

    @Override
    public boolean gainsByChannelsLast() {
        return run.gainsByChannelsLast();
    }

    @Override
    public void haveChannelsLast() {
        run.haveChannelsLast();
    }

    @Override
    public ChainInner turned() {
        run.turned();
        return this;
    }

    @Override
    public long[] outputShape(long... input) {
        return run.outputShape(chain.title(), input);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run.keep(x, out, pass, keep);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        run.infer(x, out, pass);
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            run.backward(x, dy, dx, scratch);
        } finally {
            run.forget();
        }
    }

    /** The streams begin with copies; only layers in front of them are computed again from it. */
    @Override
    public boolean readsInput() {
        return chain.readsInput();
    }

    /** From its end state, where elementwise functions alone are behind it. */
    @Override
    public boolean rebuildsOutput() {
        return run.rebuildsOutput();
    }

    @Override
    public void rebuildOutput(INDArray out, Kept keep) {
        run.rebuildOutput(out);
    }

    @Override
    public long parameters() {
        return Slices.parameters(chain);
    }

    @Override
    public void setGradients(INDArray flat) {
        if (flat != null) {
            run.branches().setGradients(flat);
        }
    }

    @Override
    public long verifiedReconstructions() {
        return run.verifiedReconstructions();
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        run.update(iteration, epoch);
    }

    @Override
    public InputType outputType(InputType input) {
        return chain.getOutputType(0, input);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return ChainPrediction.of(chain, type).predict(input);
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return run.outputMask(mask, batch);
    }

    @Override
    public void clear() {
        run.forget();
    }

    @Override
    public String toString() {
        return chain.title();
    }
}
