package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.kernel.stream.StreamSum;
import org.revlayers.internal.memory.Arena;
import org.revlayers.reversible.Coefficients;

/**
 * What a sub-block computes between the streams: F(x), which {@link #weigh} weighs, or w·F(u) + α·u with u = r(x) if there is an r.
 *
 * @param name     of the sub-block
 * @param entry    r, or null for the identity
 * @param function F
 */
record Branch(String name, InnerNetwork entry, InnerNetwork function) {

    private static final int ENTRY = 1;
    private static final int FUNCTION = 2;

    /** Multiplies F(x) by its weight, unless {@link #forward} has done so because there is an r. */
    void weigh(INDArray g, Coefficients c) {
        if (entry == null) {
            multiply(g, c);
        }
    }

    private static void multiply(INDArray values, Coefficients c) {
        if (c.weight() != 1) {
            values.muli(c.weight());
        }
    }

    /** Whether backward reads what forward wrote. */
    boolean readsOutput() {
        return entry == null && function.readsOutput();
    }

    /** How the input gets to a backward that does not compute it again. */
    Keeper inputKeeper() {
        InnerNetwork first = entry == null ? function : entry;
        return first.readsInput() ? first.inputKeeper().forBackward() : Keeper.NOTHING;
    }

    void forward(INDArray x, INDArray g, Coefficients c, Pass pass, Kept keep) {
        if (entry == null) {
            function.forward(x, g, pass.of(FUNCTION), keep);
            return;
        }
        INDArray u = keep.take("u", Form.DENSE, x.dataType(), x.shape());
        entry.forward(x, u, pass.of(ENTRY), keep.part("r"));
        function.forward(u, g, pass.of(FUNCTION), keep.part("f"));
        if (function.readsOutput()) {
            keep.take("out", Form.DENSE, x.dataType(), x.shape()).assign(g);
        }
        multiply(g, c);
        if (c.a() != 0) {
            StreamKernels.get().sum(new StreamSum(g, c.alpha(), u, 0, null, g));
        }
    }

    /** Writes the gradient of x into {@code dx}; {@code dy} is that of what {@link #weigh} leaves, {@code g} was before it. */
    void backward(INDArray x, INDArray g, INDArray dy, INDArray dx, Coefficients c, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray df = dy;
            if (c.weight() != 1) {
                df = scratch.take(dy.dataType(), dy.shape()).assign(dy);
                multiply(df, c);
            }
            if (entry == null) {
                function.backward(x, g, df, dx, pass.of(FUNCTION), keep);
                return;
            }
            INDArray u = keep.get("u");
            INDArray du = scratch.take(dy.dataType(), dy.shape());
            function.backward(u, keep.get("out"), df, du, pass.of(FUNCTION), keep.part("f"));
            if (c.a() != 0) {
                StreamKernels.get().sum(new StreamSum(du, c.alpha(), dy, 0, null, du));
            }
            entry.backward(x, u, du, dx, pass.of(ENTRY), keep.part("r"));
        }
        keep.clear();
    }
}
