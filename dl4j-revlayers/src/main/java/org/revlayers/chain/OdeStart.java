package org.revlayers.chain;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

/**
 * How z₀ becomes the two streams of a solve, one behind the other on the axis of the features: w = c·f(z₀, t₀), y = z₀ − w or z₀, x = z₀ + w. θ and
 * its gradient belong to it, for it is there once.
 *
 * @param ode   the configuration
 * @param field f
 * @param step  w
 * @param both  whether y is z₀ − w
 */
record OdeStart(ReversibleOde ode, VectorField field, InnerNetwork step, boolean both) implements InnerModel {

    @Override
    public long[] outputShape(long... input) {
        long[] f = step.outputShape(input);
        if (!Arrays.equals(f, input)) {
            throw ode.otherShape(Arrays.toString(input), Arrays.toString(f));
        }
        return new Features(ode).resized(input, size -> 2 * size);
    }

    @Override
    public InputType outputType(InputType input) {
        return new Features(ode).resized(input, size -> 2 * size);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        run(x, out, pass, null);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run(x, out, pass, keep);
    }

    private void run(INDArray z, INDArray out, Pass pass, Kept keep) {
        field.begin(pass);
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray w = scratch.take(z.dataType(), z.shape());
            if (keep == null) {
                step.forward(z, w, pass);
            } else {
                step.forward(z, w, pass, keep);
            }
            Features features = new Features(ode);
            INDArray y = features.half(out, 0).assign(z);
            if (both) {
                y.subi(w);
            }
            features.half(out, 1).assign(w.addi(z));
        }
    }

    @Override
    public void backward(INDArray z, INDArray out, INDArray dy, INDArray dz, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            Features features = new Features(ode);
            INDArray older = features.half(dy, 0);
            INDArray newer = features.half(dy, 1);
            INDArray dw = scratch.take(dz.dataType(), dz.shape()).assign(newer);
            if (both) {
                dw.subi(older);
            }
            step.backward(z, null, dw, dz, pass, keep);
            dz.addi(newer).addi(older);
        }
    }

    @Override
    public long parameters() {
        return field.layers().parameters();
    }

    @Override
    public void setGradients(INDArray flat) {
        field.setGradients(flat);
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        field.layers().applyConstraints(iteration, epoch);
    }

    @Override
    public void clear() {
        step.clear();
    }
}
