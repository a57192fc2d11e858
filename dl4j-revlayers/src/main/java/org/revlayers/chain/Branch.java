package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Form;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

/**
 * What a sub-block computes between the streams: F(x), or w·F(u) + α·u with u = r(x) if there is an r.
 *
 * @param name     of the sub-block
 * @param entry    r, or null for the identity
 * @param function F
 */
record Branch(String name, InnerNetwork entry, InnerNetwork function) {

    private static final int ENTRY = 1;
    private static final int FUNCTION = 2;

    /** What F(u) and the edge around it weigh where there is an r; u = r(x). */
    interface Weights {

        /** f ← w·f + α·u. */
        void join(INDArray f, INDArray u);

        /** Whether w is not 1: {@link #joinBackward} does something. */
        boolean weighs();

        /** df = w·dg, whether there is an r or not. */
        void joinBackward(INDArray dg, INDArray df);

        /** du ← du + α·dg. */
        void edgeBackward(INDArray du, INDArray dg);
    }

    /** Whether backward reads what forward wrote. */
    boolean readsOutput() {
        return entry == null && function.readsOutput();
    }

    /** How the input gets to a backward that does not compute it again. */
    Keeper inputKeeper() {
        return readsInput() ? (entry == null ? function : entry).inputKeeper().forBackward() : Keeper.NOTHING;
    }

    /** Whether backward reads the input. */
    boolean readsInput() {
        return (entry == null ? function : entry).readsInput();
    }

    /** A forward that no backward follows, or one that runs again before it. */
    void forward(INDArray x, INDArray g, Weights weights, Pass pass) {
        if (entry == null) {
            function.forward(x, g, pass.of(FUNCTION));
            return;
        }
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray u = scratch.take(x.dataType(), x.shape());
            entry.forward(x, u, pass.of(ENTRY));
            function.forward(u, g, pass.of(FUNCTION));
            weights.join(g, u);
        }
    }

    void forward(INDArray x, INDArray g, Weights weights, Pass pass, Kept keep) {
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
        weights.join(g, u);
    }

    /** Writes the gradient of x into {@code dx}; {@code dy} is that of w·F(x), and of the edge behind r; {@code g} is F(x). */
    void backward(INDArray x, INDArray g, INDArray dy, INDArray dx, Weights weights, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray df = dy;
            if (weights.weighs()) {
                df = scratch.take(dy.dataType(), dy.shape());
                weights.joinBackward(dy, df);
            }
            if (entry == null) {
                function.backward(x, g, df, dx, pass.of(FUNCTION), keep);
                return;
            }
            INDArray u = keep.get("u");
            INDArray du = entry.worksInPlace() ? dx : scratch.take(dy.dataType(), dy.shape());
            function.backward(u, keep.get("out"), df, du, pass.of(FUNCTION), keep.part("f"));
            weights.edgeBackward(du, dy);
            entry.backward(x, u, du, dx, pass.of(ENTRY), keep.part("r"));
        }
        keep.clear();
    }
}
