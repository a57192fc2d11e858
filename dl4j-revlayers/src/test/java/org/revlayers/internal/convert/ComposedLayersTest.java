package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TransformerBlock;

/** Convolutions and transformer blocks in one network, each kept in its own way. */
class ComposedLayersTest {

    private static TransformerBlock block(int i) {
        return new TransformerBlock.Builder(2).mlp(8).build();
    }

    private static ComputationGraph net() {
        GraphBuilder g = ResidualGraphs.begin(ResidualGraphs.global(DataType.DOUBLE));
        ResidualGraphs.norm(g, "stem_bn", "stem_conv");
        ResidualGraphs.relu(g, "stem_relu", "stem_bn");
        g.addLayer(
                "my_patches",
                new PatchEmbedding.Builder(2).nOut(TransformerGraphs.FEATURES).build(),
                "stem_relu");
        return TransformerGraphs.finish(g, TransformerGraphs.blocks(g, "my_patches", ComposedLayersTest::block));
    }

    @Test
    void whatSharesNoNormsBecomesWhatIsSaidOfTheRest() {
        ComputationGraph net = net();
        for (Memory norms : new Memory[] {Memory.approx(), Memory.sharedNorms()}) {
            ConversionReport report =
                    Lean.convert(net, norms.otherwise(Memory.checkpoint())).report();
            assertEquals(3, report.units(ConversionReport.NORMS).size(), report::toString);
            assertTrue(
                    report.checkpoints().stream()
                            .anyMatch(unit -> unit.members().contains("stem_bn")),
                    report::toString);
            ConversionReport alone = Lean.convert(net, norms).report();
            assertTrue(alone.checkpoints().isEmpty(), alone::toString);
        }
        INDArray x = ResidualGraphs.data(DataType.DOUBLE, 2).getFeatures();
        Compare.near(
                net.outputSingle(x),
                Lean.convert(net, Memory.approx().otherwise(Memory.checkpoint()))
                        .network()
                        .outputSingle(x),
                1e-10,
                "output");
    }

    @Test
    void noParametersAreDrawnToBeReplaced() {
        MultiLayerNetwork line = TransformerGraphs.network("first", "second");
        ComputationGraph graph = net();
        Nd4j.getRandom().setSeed(5);
        INDArray expected = Nd4j.rand(4);
        Nd4j.getRandom().setSeed(5);
        Lean.restore(Lean.convert(line, Memory.reversible()).network());
        Lean.restore(Lean.convert(graph, Memory.checkpoint()).network());
        assertEquals(expected, Nd4j.rand(4));
    }

    @Test
    void aLayerInAChainsStemIsTheOneThatRuns() {
        ComputationGraph lean =
                Lean.convert(net(), Memory.reversible().stem(true)).network();
        ReversibleChain chain = (ReversibleChain) lean.getLayer("chain1").conf().getLayer();
        assertEquals(1, chain.getStem().size());
        assertSame(chain.getStem().get(0), Lean.layer(lean, "my_patches"));
        assertEquals("block_1", Lean.layer(lean, "block_1").getLayerName());
        assertTrue(Lean.layer(lean, "block_1") instanceof TransformerBlock);
        assertTrue(Lean.parameters(lean, "my_patches").size() > 0);
    }
}
