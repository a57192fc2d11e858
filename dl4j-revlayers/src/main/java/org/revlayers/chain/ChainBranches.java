package org.revlayers.chain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.inner.HostChoice;
import org.revlayers.inner.InnerLayers;
import org.revlayers.inner.InnerNetwork;
import org.revlayers.inner.Pass;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Kept;

/**
 * The functions of a chain, made from its configuration and the views that DL4J hands out.
 *
 * @param subBlocks one per sub-block
 * @param exit      what follows the merge, or null
 */
record ChainBranches(List<Branch> subBlocks, Branch exit) {

    static ChainBranches of(
            NeuralNetConfiguration conf, DataType type, int index, INDArray params, INDArray gradients) {
        ReversibleChain chain = (ReversibleChain) conf.getLayer();
        HostChoice hosts = chain.isStockHosts() ? HostChoice.STOCK : HostChoice.OWN;
        Maker maker = new Maker(
                new InnerLayers.Setting(conf, type, index, false, hosts),
                ChainInitializer.slices(chain, params).iterator(),
                ChainInitializer.slices(chain, gradients).iterator());
        List<Branch> branches = new ArrayList<>();
        for (SubBlock block : chain.getSubBlocks()) {
            branches.add(new Branch(block.getName(), maker.next(block.getEntry()), maker.next(block.getFunction())));
        }
        InnerNetwork exit = maker.next(chain.getExit());
        return new ChainBranches(branches, exit == null ? null : new Branch("exit", null, exit));
    }

    /** Makes one network of inner layers after the other, in the order of the parameters. */
    private record Maker(InnerLayers.Setting setting, Iterator<INDArray> params, Iterator<INDArray> gradients) {

        InnerNetwork next(List<Layer> layers) {
            if (layers.isEmpty()) {
                return null;
            }
            List<INDArray> p = new ArrayList<>();
            List<INDArray> g = new ArrayList<>();
            layers.forEach(layer -> {
                p.add(params.next());
                g.add(gradients.next());
            });
            InnerNetwork network = InnerLayers.network(layers, p, setting);
            network.setGradients(g);
            return network;
        }
    }

    /** The message for a reconstruction that failed: runs every sub-block twice to find the layer that is not deterministic. */
    String blame(String chain, INDArray x, Pass pass) {
        List<String> suspects = new ArrayList<>();
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            for (Branch b : subBlocks) {
                INDArray first = scratch.take(x.dataType(), x.shape());
                INDArray second = scratch.take(x.dataType(), x.shape());
                for (INDArray out : List.of(first, second)) {
                    Kept local = new Kept();
                    local.begin();
                    b.forward(x, out, new Coefficients(0, 1, 1), pass, local);
                    local.clear();
                }
                if (!first.equalsWithEps(second, 0)) {
                    suspects.add(b.name());
                }
            }
        }
        return chain
                + ": the state rebuilt in backward is not the one that forward began with, so the gradients of this step"
                + " are wrong and were not applied. "
                + (suspects.isEmpty()
                        ? "Every sub-block repeated its bits just now: were parameters, the thread count or the"
                                + " output array changed between forward and backward? "
                        : "Not deterministic: sub-blocks " + suspects + ". ")
                + "Remedy: ChainMode.CHECKPOINT or STORE for these sub-blocks";
    }
}
