package org.revlayers.internal.inner;

import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.kernel.Sizes;

/** One of DL4J's layers from when it is told its input to when it forgets all of it; its arrays are in a workspace of this call's meanwhile. */
final class StockCall implements AutoCloseable {

    private final Layer layer;
    private final Pass pass;
    private final ForeignMemory memory = new ForeignMemory();
    private final LayerWorkspaceMgr manager = ForeignMemory.manager(memory.place());

    /** @param copies whether the layer may write over its input, and gets a copy */
    StockCall(Layer layer, INDArray x, boolean copies, Pass pass) {
        this.layer = layer;
        this.pass = pass;
        boolean told = false;
        try {
            memory.run(() -> tell(x, copies));
            told = true;
        } finally {
            if (!told) {
                close();
            }
        }
    }

    private void tell(INDArray x, boolean copies) {
        layer.setIterationCount(pass.iteration());
        layer.setEpochCount(pass.epoch());
        layer.setInputMiniBatchSize(Sizes.exact("examples", x.size(0)));
        layer.setInput(copies ? x.dup('c') : StockInner.plain(x), manager);
        if (pass.mask() != null) {
            layer.feedForwardMaskArray(pass.mask(), MaskState.Active, Sizes.exact("examples", x.size(0)));
        }
    }

    /** Runs code of the layer, from the seed of the pass. */
    void run(Consumer<LayerWorkspaceMgr> work) {
        try (Seeded seeded = new Seeded(pass.seed())) {
            memory.run(() -> work.accept(manager));
        }
    }

    @Override
    public void close() {
        layer.clearNoiseWeightParams();
        layer.clear();
        memory.close();
    }
}
