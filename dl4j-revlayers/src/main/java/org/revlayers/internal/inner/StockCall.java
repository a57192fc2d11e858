package org.revlayers.internal.inner;

import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.contract.Wrappers;
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

    /**
     * Whether such a call may stay open while others of the thread run: memory for it is the arena's, and what a forward notes for its backward is in the layer.
     * Two layers may share a random slope, and M2.1's copies of some share a dropout, with its mask.
     */
    static boolean canStay(org.deeplearning4j.nn.conf.layers.Layer configuration) {
        var inside = Wrappers.inside(configuration);
        boolean alone = inside instanceof BaseLayer weighted
                ? ActivationInner.hosts(weighted.getActivationFn())
                : inside.getIDropout() == null
                        && !(inside instanceof ActivationLayer function
                                && !ActivationInner.hosts(function.getActivationFn()));
        return alone && ForeignMemory.mayStay();
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
        try {
            layer.clearNoiseWeightParams();
            layer.clear();
        } finally {
            memory.close();
        }
    }
}
