package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.ReprogrammedVit.batch;
import static org.revlayers.ReprogrammedVit.copies;
import static org.revlayers.ReprogrammedVit.line;
import static org.revlayers.ReprogrammedVit.names;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ChainHost;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** Reversible chains of trained and frozen blocks, between blocks that leave tokens out. */
class ReprogrammedChainsTest {

    private static final Memory CHAINS =
            Memory.reversible(CoefficientSchedule.constant(1, 0.125)).otherwise(Memory.checkpoint());

    @TempDir
    Path folder;

    /** Block 0 runs forward alone, 1 and 5 are trained, 3 leaves tokens out. */
    private static MultiLayerNetwork reprogrammed(MultiLayerNetwork net) {
        return Reprogram.convert(
                        net,
                        ReprogramOptions.builder()
                                .train(1, 5)
                                .dropAt(3)
                                .frozen(null)
                                .build())
                .network();
    }

    /** The same of post-LN blocks. */
    private static MultiLayerNetwork postNorm() {
        MultiLayerNetwork net = line();
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            if (layer.conf().getLayer() instanceof TransformerBlock block) {
                block.setPostNorm(true);
            }
        }
        return net;
    }

    private static MultiLayerNetwork net(boolean post) {
        return reprogrammed(post ? postNorm() : line());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDropEndsAChainAndFrozenBlocksAreInside(boolean post) {
        Conversion<MultiLayerNetwork> made = Lean.convert(net(post), CHAINS);
        assertEquals(
                List.of(List.of(names(1, 2)), List.of(names(4, 5))),
                made.report().chains().stream().map(unit -> unit.members()).toList(),
                made.report()::toString);
        ReversibleChain chain = (ReversibleChain) Stream.of(made.network().getLayers())
                .map(layer -> layer.conf().getLayer())
                .filter(ReversibleChain.class::isInstance)
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < 4; i++) {
            boolean frozen = chain.getSubBlocks().get(i).getFunction().get(0) instanceof FrozenLayerWithBackprop;
            assertEquals(i >= 2, frozen);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsAreThoseOfEverythingStored(boolean post) {
        MultiLayerNetwork net = net(post);
        MultiLayerNetwork reverse = Lean.convert(net, CHAINS).network();
        MultiLayerNetwork store =
                Lean.convert(net, CHAINS.mode(ChainMode.STORE)).network();
        Map<String, INDArray> frozen = copies(net, names(0, 2, 3, 4));
        Map<String, INDArray> trained = copies(net, names(1, 5));
        for (int i = 0; i < 3; i++) {
            reverse.fit(batch(DataType.FLOAT));
            store.fit(batch(DataType.FLOAT));
        }
        assertEquals(store.params(), reverse.params());
        assertEquals(frozen, copies(reverse, names(0, 2, 3, 4)));
        trained.forEach(
                (name, p) -> assertFalse(p.equals(copies(reverse, names(1, 5)).get(name)), name));
        long proved = Stream.of(reverse.getLayers())
                .filter(ChainHost.class::isInstance)
                .mapToLong(host -> ((ChainHost) host).verifiedReconstructions())
                .sum();
        assertEquals(2 * 3, proved);
    }

    /** At (1, 0) the chains are the network: the same parameters after a step. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void atTheStartOfTheScheduleItIsTheReprogrammedNetwork(boolean post) {
        MultiLayerNetwork net = net(post);
        MultiLayerNetwork chains = Lean.convert(
                        net,
                        Memory.reversible(CoefficientSchedule.constant(1, 0))
                                .mode(ChainMode.CHECKPOINT)
                                .otherwise(Memory.checkpoint()))
                .network();
        INDArray x = batch(DataType.FLOAT).getFeatures();
        assertTrue(net.output(x).equalsWithEps(chains.output(x), 1e-5));
    }

    @Test
    void itComesBackFrozenAndWhole() throws IOException {
        MultiLayerNetwork net = net(false);
        MultiLayerNetwork chains = Lean.convert(net, CHAINS).network();
        chains.fit(batch(DataType.FLOAT));
        Path file = folder.resolve("chains.zip");
        ModelSerializer.writeModel(chains, file.toFile(), true);
        MultiLayerNetwork loaded = ModelSerializer.restoreMultiLayerNetwork(file.toFile());
        loaded.fit(batch(DataType.FLOAT));
        chains.fit(batch(DataType.FLOAT));
        assertEquals(chains.params(), loaded.params());
        MultiLayerNetwork plain = Lean.restore(loaded);
        for (int i = 1; i < 6; i++) {
            Layer layer = plain.getLayerWiseConfigurations().getConf(i + 1).getLayer();
            assertEquals(i == 1 || i == 5 ? TransformerBlock.class : FrozenLayerWithBackprop.class, layer.getClass());
        }
        assertEquals(copies(chains, names(0, 1, 2, 3, 4, 5)), copies(plain, names(0, 1, 2, 3, 4, 5)));
        plain.fit(batch(DataType.FLOAT));
        MultiLayerNetwork whole = Reprogram.restore(chains);
        assertEquals(copies(chains, names(0, 1, 2, 3, 4, 5)), copies(whole, names(0, 1, 2, 3, 4, 5)));
        INDArray x = batch(DataType.FLOAT).getFeatures();
        assertEquals(net.output(x).length(), whole.output(x).length());
    }

    /** Without a conversion that comes after, frozen neighbours keep one input, in no chain. */
    @Test
    void frozenNeighboursAreComputedAgainAsOne() {
        MultiLayerNetwork net = Reprogram.convert(
                        line(), ReprogramOptions.builder().train(1, 5).build())
                .network();
        List<Layer> layers = net.getLayerWiseConfigurations().getConfs().stream()
                .map(conf -> conf.getLayer())
                .toList();
        assertTrue(layers.stream().noneMatch(ReversibleChain.class::isInstance));
        assertEquals(
                List.of(List.of(names(2, 3, 4))),
                layers.stream()
                        .filter(CheckpointSequence.class::isInstance)
                        .map(layer -> ((CheckpointSequence) layer).getVertices())
                        .toList());
    }
}
