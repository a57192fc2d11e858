package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;

/** Finds the layers that give other bits when they run again: why a reconstruction failed. */
final class Blame {

    private final List<String> suspects = new ArrayList<>();

    private Blame() {}

    /** The error for a state that was rebuilt wrongly; {@code x} is any input of a sub-block. */
    static IllegalStateException of(String chain, List<Branch> branches, INDArray x, Pass pass) {
        Blame blame = new Blame();
        for (int i = 0; i < branches.size(); i++) {
            blame.run(branches.get(i), x, pass.of(i));
        }
        return new IllegalStateException("chain \"" + chain
                + "\": the state rebuilt in backward is not the one that forward began with, so the gradients of this step"
                + " are wrong and were not applied. "
                + (blame.suspects.isEmpty()
                        ? "Every layer repeated its bits just now: were parameters or the thread count changed between"
                                + " forward and backward? "
                        : "Not deterministic: " + String.join(", ", blame.suspects) + ". ")
                + "Remedy: ChainMode.CHECKPOINT or STORE for these sub-blocks");
    }

    private void run(Branch branch, INDArray x, Pass pass) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray u = branch.entry() == null ? x : run(branch.name(), branch.entry(), x, pass, scratch);
            run(branch.name(), branch.function(), u, pass, scratch);
        }
    }

    private INDArray run(String name, InnerNetwork network, INDArray x, Pass pass, Arena.Scratch scratch) {
        INDArray in = x;
        INDArray mask = pass.mask();
        for (int i = 0; i < network.layers().size(); i++) {
            InnerLayer layer = network.layers().get(i);
            INDArray first = output(layer, in, pass.of(i).masked(mask), scratch);
            if (!first.equalsWithEps(output(layer, in, pass.of(i).masked(mask), scratch), 0)) {
                suspects.add("sub-block \"" + name + "\", layer " + i + " (" + layer + ")");
            }
            in = first;
            mask = mask == null ? null : layer.outputMask(mask, x.size(0));
        }
        return in;
    }

    private static INDArray output(InnerLayer layer, INDArray x, Pass pass, Arena.Scratch scratch) {
        INDArray out = scratch.take(x.dataType(), layer.outputShape(x.shape()));
        Kept local = new Kept();
        local.begin();
        try {
            layer.forward(x, out, pass, local);
        } finally {
            local.clear();
        }
        return out;
    }
}
