package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.inner.InnerNetwork;
import org.revlayers.inner.Keeper;
import org.revlayers.inner.Pass;
import org.revlayers.kernel.StreamKernels;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * What a sub-block computes between the streams: F(x), or F(u) + α·u with u = r(x) if there is an r.
 *
 * @param name     of the sub-block
 * @param entry    r, or null for the identity
 * @param function F
 */
record Branch(String name, InnerNetwork entry, InnerNetwork function) {

    private static final int ENTRY = 1;
    private static final int FUNCTION = 2;

    /** The coefficients that are left for the streams: α is used up here if there is an r. */
    Coefficients outer(Coefficients c) {
        return entry == null ? c : c.withoutAlpha();
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
        if (c.a() != 0) {
            StreamKernels.get().sum(g, c.alpha(), u, 0, null, g);
        }
    }

    /** Writes the gradient of x into {@code dx}; {@code dy} is that of g. */
    void backward(INDArray x, INDArray g, INDArray dy, INDArray dx, Coefficients c, Pass pass, Kept keep) {
        if (entry == null) {
            function.backward(x, g, dy, dx, pass.of(FUNCTION), keep);
            return;
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray u = keep.get("u");
            INDArray du = scratch.take(dy.dataType(), dy.shape());
            function.backward(u, keep.get("out"), dy, du, pass.of(FUNCTION), keep.part("f"));
            if (c.a() != 0) {
                StreamKernels.get().sum(du, c.alpha(), dy, 0, null, du);
            }
            entry.backward(x, u, du, dx, pass.of(ENTRY), keep.part("r"));
        }
        keep.clear();
    }
}
