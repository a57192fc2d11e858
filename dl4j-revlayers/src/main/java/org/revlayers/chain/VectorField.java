package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.ScaleInner;

/**
 * f(z, t; θ) as all evaluations of one solve share it: one θ, one draw of random numbers, and gradients that are summed over the evaluations. Not
 * thread-safe.
 */
final class VectorField {

    private final InnerNetwork layers;
    private final Features time;

    /** Of the solve. */
    private long seed;

    /** Where the sum goes, and where each evaluation's gradient is written first; null if nobody wants them. */
    private INDArray sum;

    private INDArray own;

    /**
     * @param layers f
     * @param time   where the time is appended to z, or null if f does not read it
     */
    VectorField(InnerNetwork layers, Features time) {
        this.layers = layers;
        this.time = time;
    }

    InnerNetwork layers() {
        return layers;
    }

    /**
     * z ↦ factor·f(z, t).
     *
     * @param last whether it is the last evaluation of the solve, with whose backward the sum of gradients begins
     */
    InnerNetwork at(double t, double factor, boolean last) {
        List<InnerLayer> row = new ArrayList<>();
        if (time != null) {
            row.add(new TimeChannel(t, time));
        }
        row.add(new Evaluation(this, last));
        row.add(new ScaleInner(factor));
        return InnerNetwork.of(row);
    }

    /** Begins a solve: all of its evaluations draw the same random numbers. */
    void begin(Pass pass) {
        seed = pass.seed();
    }

    Pass draw(Pass pass) {
        return new Pass(pass.training(), pass.iteration(), pass.epoch(), seed, pass.mask());
    }

    /** Sets where the sum goes. */
    void setGradients(INDArray flat) {
        if (flat != null && own == null) {
            own = Nd4j.createUninitializedDetached(flat.dataType(), 1, flat.length())
                    .assign(0);
            layers.setGradients(own);
        }
        sum = flat;
    }

    /** Adds the gradient of the evaluation whose backward has just run. */
    void addGradient(boolean first) {
        if (sum == null) {
            return;
        }
        INDArray to = sum.reshape(own.shape());
        if (first) {
            to.assign(own);
        } else {
            to.addi(own);
        }
    }
}
