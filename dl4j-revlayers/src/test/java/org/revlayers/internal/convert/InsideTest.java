package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** What lives while a unit is computed again, in units other than rows of transformer blocks. */
class InsideTest {

    private static final Memory TWO_BIT = Memory.checkpoint().inside(Memory.approx());

    @Test
    void aTransformerBlockInASequenceHasIt() {
        MultiLayerNetwork net = TransformerGraphs.network("first", "second");
        // one block is no row: it goes into a sequence
        Memory memory = Memory.checkpoint().inside(Memory.half()).at("second", TWO_BIT);
        MultiLayerNetwork lean = Lean.convert(net, memory).network();
        assertEquals(ActivationMemory.TWO_BIT, block(lean, "second").getActivationMemory());
        assertNull(block(lean, "second").getRazor());
        assertEquals(ActivationMemory.FP16, block(lean, "first").getActivationMemory());
        assertNotNull(block(lean, "first").getRazor());
        assertEquals(ActivationMemory.DENSE, block(net, "second").getActivationMemory());
        INDArray x = TransformerGraphs.data(DataType.DOUBLE, 2, 0).getFeatures();
        assertEquals(net.output(x), lean.output(x));
        MultiLayerNetwork without = Lean.convert(net, Memory.checkpoint().at("second", Memory.checkpoint()))
                .network();
        assertEquals(ActivationMemory.DENSE, block(without, "second").getActivationMemory());
    }

    private static TransformerBlock block(MultiLayerNetwork net, String name) {
        return (TransformerBlock) Lean.layer(net, name);
    }

    @Test
    void layersInThePathsOfResidualBlocksHaveIt() {
        GraphBuilder g = TransformerGraphs.begin(DataType.DOUBLE);
        String at = "tokens";
        for (int i = 0; i < 2; i++) {
            g.addLayer("norm" + i, new LayerNormalization.Builder().build(), at);
            g.addLayer("attention" + i, new MultiHeadSelfAttention.Builder(2).build(), "norm" + i);
            ResidualGraphs.add(g, "sum" + i, at, "attention" + i);
            TransformerMlp mlp = new TransformerMlp.Builder(12).build();
            g.addLayer("mlp" + i, i == 0 ? mlp : new FrozenLayerWithBackprop(mlp), "sum" + i);
            ResidualGraphs.add(g, "out" + i, "sum" + i, "mlp" + i);
            at = "out" + i;
        }
        ComputationGraph net = TransformerGraphs.finish(g, at);
        INDArray x = TransformerGraphs.data(DataType.DOUBLE, 2, 0).getFeatures();
        for (Memory memory : new Memory[] {TWO_BIT, Memory.reversible().inside(Memory.approx())}) {
            Conversion<ComputationGraph> lean = Lean.convert(net, memory);
            assertEquals(1, lean.report().chains().size(), lean.report()::toString);
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        ActivationMemory.TWO_BIT, mlp(lean.network(), "mlp" + i).getActivationMemory());
                assertEquals(ActivationMemory.DENSE, mlp(net, "mlp" + i).getActivationMemory());
            }
        }
        ComputationGraph thinned =
                Lean.convert(net, Memory.checkpoint().inside(Memory.razor(0.5))).network();
        assertNotNull(((MultiHeadSelfAttention) Lean.layer(thinned, "attention0")).getRazor());
        assertNotNull(mlp(thinned, "mlp0").getRazor());
        Compare.near(net.outputSingle(x), thinned.outputSingle(x), 1e-10, "output");
        ComputationGraph exact = Lean.convert(net, Memory.checkpoint()).network();
        assertEquals(ActivationMemory.DENSE, mlp(exact, "mlp0").getActivationMemory());
        assertNull(mlp(exact, "mlp0").getRazor());
    }

    private static TransformerMlp mlp(ComputationGraph net, String name) {
        return (TransformerMlp) Wrappers.thawed(Lean.layer(net, name));
    }

    @Test
    void gradientsAreThoseOfLayersThatWereBuiltSo() {
        GraphBuilder plain = TransformerGraphs.begin(DataType.DOUBLE);
        plain.addLayer("mlp", new TransformerMlp.Builder(12).build(), "tokens");
        ComputationGraph net = TransformerGraphs.finish(plain, "mlp");
        GraphBuilder built = TransformerGraphs.begin(DataType.DOUBLE);
        built.addLayer(
                "mlp", new TransformerMlp.Builder(12).memory(Memory.approx()).build(), "tokens");
        ComputationGraph expected = TransformerGraphs.finish(built, "mlp");
        expected.setParams(net.params());
        ComputationGraph lean = Lean.convert(net, TWO_BIT).network();
        for (ComputationGraph each : new ComputationGraph[] {expected, lean, net}) {
            each.fit(TransformerGraphs.data(DataType.DOUBLE, 2, 0));
        }
        Map<String, INDArray> trained = Lean.parameters(lean, "mlp");
        expected.getLayer("mlp")
                .paramTable()
                .forEach((name, value) -> Compare.near(value, trained.get(name), 1e-12, name));
        Compare.different(net.getParam("mlp_fc1W"), trained.get("fc1W"), "weight under an exact derivative");
    }
}
