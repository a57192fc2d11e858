package org.revlayers.chain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerConfiguration;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Slices;

/**
 * The functions of a chain, made from its configuration and the views that DL4J hands out; their parameters lie in this order.
 *
 * @param stem      what is in front of the streams, or null
 * @param subBlocks one per sub-block
 * @param exit      what follows the merge, or null
 */
record ChainBranches(InnerNetwork stem, List<Branch> subBlocks, InnerNetwork exit) implements ChannelsLast {

    /** Place of the stem for the seeds of its layers. */
    private static final int STEM = -1;

    static ChainBranches of(ReversibleChain chain, InnerLayers.Setting setting, INDArray params) {
        List<Layer> layers = chain.parts().stream().map(Part::layer).toList();
        Iterator<INDArray> views = Slices.of(layers, params).iterator();
        InnerNetwork stem = network(chain.getStem(), views, at(STEM, setting));
        List<Branch> branches = new ArrayList<>();
        for (SubBlock block : chain.getSubBlocks()) {
            InnerLayers.Setting own = at(branches.size(), setting);
            branches.add(new Branch(
                    block.getName(), network(block.getEntry(), views, own), network(block.getFunction(), views, own)));
        }
        InnerNetwork exit = network(chain.getExit(), views, at(branches.size(), setting));
        return new ChainBranches(stem, branches, exit);
    }

    /** Layers that draw from the network's seed and their index, as drop path does, get a seed for each sub-block: the index is the chain's. */
    private static InnerLayers.Setting at(int place, InnerLayers.Setting outer) {
        NeuralNetConfiguration own = InnerConfiguration.of(outer.conf(), null);
        own.setSeed(new Pass(true, 0, 0, outer.conf().getSeed(), null).of(place).seed());
        return outer.dense(own);
    }

    private static InnerNetwork network(List<Layer> layers, Iterator<INDArray> views, InnerLayers.Setting setting) {
        return layers.isEmpty() ? null : InnerLayers.network(layers, next(layers, views), setting);
    }

    private static List<INDArray> next(List<Layer> layers, Iterator<INDArray> views) {
        List<INDArray> own = new ArrayList<>();
        layers.forEach(layer -> own.add(views.next()));
        return own;
    }

    /** The same, each part on its own with its images in the order that suits it. */
    ChainBranches turned() {
        return new ChainBranches(
                turned(stem),
                subBlocks.stream()
                        .map(b -> new Branch(b.name(), turned(b.entry()), turned(b.function())))
                        .toList(),
                turned(exit));
    }

    private static InnerNetwork turned(InnerNetwork network) {
        return network == null ? null : network.turned();
    }

    @Override
    public boolean canHaveChannelsLast() {
        return networks().stream().allMatch(InnerNetwork::canHaveChannelsLast);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return networks().stream().anyMatch(InnerNetwork::gainsByChannelsLast);
    }

    @Override
    public void haveChannelsLast() {
        networks().forEach(InnerNetwork::haveChannelsLast);
    }

    /** Sets where gradients go. */
    void setGradients(INDArray flat) {
        List<InnerNetwork> networks = networks();
        List<INDArray> views =
                Slices.cut(networks.stream().map(InnerNetwork::parameters).toList(), flat);
        for (int i = 0; i < views.size(); i++) {
            networks.get(i).setGradients(views.get(i));
        }
    }

    /** Applies the constraints of the layers inside, as DL4J does after each update. */
    void applyConstraints(int iteration, int epoch) {
        networks().forEach(network -> network.applyConstraints(iteration, epoch));
    }

    long verifiedReconstructions() {
        return networks().stream()
                .mapToLong(InnerNetwork::verifiedReconstructions)
                .sum();
    }

    private List<InnerNetwork> networks() {
        List<InnerNetwork> networks = new ArrayList<>();
        networks.add(stem);
        subBlocks.forEach(branch -> {
            networks.add(branch.entry());
            networks.add(branch.function());
        });
        networks.add(exit);
        networks.removeIf(Objects::isNull);
        return networks;
    }
}
