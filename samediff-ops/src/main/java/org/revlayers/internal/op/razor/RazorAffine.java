package org.revlayers.internal.op.razor;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A razor op of an activation x, a parameter, and a bias or none, null then. A flag says whether there is one. */
abstract class RazorAffine extends RazorOp {

    RazorAffine(String name) {
        super(name);
    }

    @Override
    void appliedTo(Object... in) {
        addBArgument(in.length > 2 && in[2] != null);
    }

    /** Number of x, the parameter and the bias, if there is one. */
    final int operands() {
        return bArguments.get(0) ? 3 : 2;
    }

    /** The bias in the graph, or null. */
    final SDVariable bias() {
        return bArguments.get(0) ? arg(2) : null;
    }

    /** The bias, or null. */
    final INDArray bias(List<INDArray> in) {
        return bArguments.get(0) ? in.get(2) : null;
    }

    @Override
    List<SDVariable> reads() {
        return List.of(arg(1));
    }

    /** Outputs: dx, the parameter's gradient and, with a bias, the bias's. */
    abstract static class Backward extends RazorBp {

        Backward(String name) {
            super(name);
        }

        @Override
        public final int getNumOutputs() {
            return !bArguments.isEmpty() && bArguments.get(0) ? 3 : 2;
        }

        @Override
        final List<long[]> gradients(List<INDArray> in, List<long[]> thinned) {
            List<long[]> shapes = new ArrayList<>(thinned);
            shapes.add(in.get(1).shape());
            if (getNumOutputs() == 3) {
                shapes.add(bias(in));
            }
            return shapes;
        }

        /** The shape of the bias. */
        abstract long[] bias(List<INDArray> in);
    }
}
