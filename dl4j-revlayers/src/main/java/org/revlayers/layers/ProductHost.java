package org.revlayers.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.layers.ActivationStore;
import org.revlayers.internal.layers.LinearInput;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

/**
 * Runs maths over rows {@code [mb·tokens, features]} that begins with a linear layer: backward reads the input for that layer's weight gradient
 * alone, so that a thinned one may stand for it, and a frozen layer does not read it.
 */
abstract class ProductHost<C extends TokenLayer> extends TokenHost<C> {

    private static final long serialVersionUID = 1L;

    private static final String INPUT = "input";

    private final String outputBias;

    /** @param outputBias the parameter that is added to the output */
    ProductHost(NeuralNetConfiguration conf, DataType type, String outputBias) {
        super(conf, type);
        this.outputBias = outputBias;
    }

    /** Writes the output without its bias. */
    protected abstract void forward(INDArray x, Weights w, INDArray out, ActivationStore store);

    /** Writes dx and the gradients of all parameters. */
    protected abstract void backward(LinearInput x, INDArray dy, Weights w, INDArray dx, ActivationStore store);

    @Override
    protected boolean canBeFrozen() {
        return true;
    }

    @Override
    public final boolean readsInput() {
        return learns();
    }

    @Override
    protected boolean isForWeights(String kept) {
        return kept.equals(INPUT);
    }

    @Override
    protected final boolean readsThinned() {
        return true;
    }

    @Override
    protected final void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        Weights w = weights(training);
        if (readsInput()) {
            keep.share(INPUT, x);
        }
        try (Arena.Scratch scratch = arena().scratch()) {
            forward(Gemm.rows(x), w, Gemm.rows(out), store(x.size(0), keep, scratch));
        }
        LinearKernels.get().addBias(out, w.get(outputBias));
    }

    @Override
    protected final void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        try (Arena.Scratch scratch = arena().scratch()) {
            LinearInput read = readsInput() ? LinearInput.of(Gemm.rows(x)) : LinearInput.none();
            backward(read, Gemm.rows(dy), weights(true), Gemm.rows(dx), store(dy.size(0), keep, scratch));
        }
    }
}
