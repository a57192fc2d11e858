package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** What becomes of the rest: norms are shared in any stage, and a stage that finds none goes on to the next. */
class StagesTest {

    private static MultiLayerNetwork network(InputType input, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .activation(Activation.TANH)
                .list();
        List.of(layers).forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .name("out")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(input)
                .build());
        net.init();
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            SharedNormsTest.disturb(layer.paramTable());
        }
        return net;
    }

    /** Two blocks, an MLP and a norm. */
    private static MultiLayerNetwork tokens() {
        return network(
                InputType.recurrent(8, 4, RNNFormat.NWC),
                new TransformerBlock.Builder(2).mlp(16).name("b1").build(),
                new TransformerBlock.Builder(2).mlp(16).name("b2").build(),
                new TransformerMlp.Builder(16).nOut(8).name("mlp").build(),
                new LayerNormalization.Builder().name("ln").build(),
                new TokenPooling.Builder(TokenPooling.Kind.MEAN).name("pool").build());
    }

    private static MultiLayerNetwork dense() {
        return network(InputType.feedForward(5), dense("d1"), dense("d2"), dense("d3"), dense("d4"));
    }

    private static Layer dense(String name) {
        return new DenseLayer.Builder().nOut(8).name(name).build();
    }

    private static INDArray x() {
        return Nd4j.linspace(DataType.DOUBLE, -1, 0.02, 96).reshape(3, 4, 8);
    }

    private static ActivationMemory kept(MultiLayerNetwork net, String name) {
        Layer layer = Lean.layer(net, name);
        return layer instanceof TransformerBlock block
                ? block.getActivationMemory()
                : ((TransformerMlp) layer).getActivationMemory();
    }

    private static List<String> normsOf(ConversionReport report) {
        return report.units(ConversionReport.NORMS).stream()
                .map(ConversionReport.Unit::name)
                .toList();
    }

    @Test
    void aSecondStageSharesNorms() {
        MultiLayerNetwork net = tokens();
        Memory none = Memory.reversible().atLeast(9);
        Conversion<MultiLayerNetwork> lean = Lean.convert(net, none.otherwise(Memory.approx()), Sample.of(x()));
        assertEquals(List.of("b1", "b2", "ln"), normsOf(lean.report()));
        assertEquals(
                List.of("mlp"),
                lean.report().units(ConversionReport.CODED).get(0).members());
        assertEquals(0, lean.report().comparison().start(), 1e-10);
        for (String name : List.of("b1", "b2", "mlp")) {
            assertEquals(ActivationMemory.TWO_BIT, kept(lean.network(), name), name);
        }
        assertTrue(Lean.layer(lean.network(), "ln") instanceof MemorySharingLayerNorm);

        Conversion<MultiLayerNetwork> shared = Lean.convert(net, none.otherwise(Memory.sharedNorms()));
        assertEquals(List.of("b1", "b2", "ln"), normsOf(shared.report()));
        assertEquals(ActivationMemory.DENSE, kept(shared.network(), "b1"));

        Conversion<MultiLayerNetwork> thinned =
                Lean.convert(net, none.otherwise(Memory.razor(0.5).inside(Memory.approx())), Sample.of(x()));
        assertEquals(List.of("b1", "b2", "ln"), normsOf(thinned.report()));
        assertEquals(1, thinned.report().razors().size());
        assertEquals(0, thinned.report().comparison().start(), 1e-10);
    }

    @Test
    void sharedNormsComeInTheOrderOfTheNetwork() {
        List<String> names = List.of("z9", "a1", "q5", "b2");
        MultiLayerNetwork net = TransformerGraphs.network(names.toArray(String[]::new));
        assertEquals(names, normsOf(Lean.plan(net, Memory.sharedNorms())));
    }

    @Test
    void whatAnEarlierStageTakesKeepsItsNorms() {
        MultiLayerNetwork net = tokens();
        Conversion<MultiLayerNetwork> lean =
                Lean.convert(net, Memory.reversible().otherwise(Memory.approx()));
        assertEquals(List.of("b1", "b2"), lean.report().chains().get(0).members());
        assertEquals(List.of("ln"), normsOf(lean.report()));
        assertFalse(((TransformerBlock) Lean.layer(lean.network(), "b1")).isMemorySharingNorm());
        assertEquals(
                List.of("b1", "b2", "ln", "mlp", "out", "pool"),
                Stream.concat(
                                lean.report().units().stream().flatMap(unit -> unit.members().stream()),
                                lean.report().left().stream().map(ConversionReport.Left::name))
                        .sorted()
                        .toList());
        Conversion<MultiLayerNetwork> own = Lean.convert(
                net, Memory.checkpoint().at("ln", Memory.recompute().otherwise(Memory.sharedNorms())));
        assertEquals(List.of("ln"), normsOf(own.report()));
        Compare.near(net.output(x()), own.network().output(x()), 1e-10, "output");
    }

    @Test
    void noNormIsNoObstacleToTheNextStage() {
        MultiLayerNetwork net = dense();
        for (Memory norms : new Memory[] {Memory.approx(), Memory.sharedNorms()}) {
            ConversionReport report =
                    Lean.convert(net, norms.otherwise(Memory.checkpoint())).report();
            assertEquals(
                    List.of("d1", "d2", "d3", "d4"), report.checkpoints().get(0).members());
            ConversionReport one =
                    Lean.convert(net, Memory.checkpoint().at("d1", norms)).report();
            assertEquals(List.of("d2", "d3", "d4"), one.checkpoints().get(0).members());
            assertEquals("d1", one.left().get(0).name());
            assertTrue(one.left().get(0).reason().contains("LayerNormalization"), one::toString);
        }
        ConversionReport thinned =
                Lean.convert(net, Memory.razor(0.5).inside(Memory.approx())).report();
        assertEquals(List.of("d1", "d2", "d3", "d4"), thinned.razors().get(0).members());
        String nothing = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, Memory.approx()))
                .getMessage();
        assertTrue(nothing.startsWith("nothing to convert") && nothing.contains("d4="), nothing);
    }

    @Test
    void aSecondTimeThereIsNothingLeft() {
        for (Memory memory : new Memory[] {Memory.approx(), Memory.sharedNorms(), Memory.recompute()}) {
            MultiLayerNetwork once = Lean.convert(tokens(), memory).network();
            String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(once, memory))
                    .getMessage();
            assertTrue(message.startsWith("nothing to convert"), message);
        }
        MultiLayerNetwork shared = Lean.convert(tokens(), Memory.sharedNorms()).network();
        Conversion<MultiLayerNetwork> coded = Lean.convert(shared, Memory.approx());
        assertEquals(3, coded.report().units(ConversionReport.CODED).size(), coded.report()::toString);
        assertEquals(ActivationMemory.TWO_BIT, kept(coded.network(), "b1"));
        MultiLayerNetwork chain = Lean.convert(tokens(), Memory.checkpoint()).network();
        String again = assertThrows(IllegalArgumentException.class, () -> Lean.convert(chain, Memory.checkpoint()))
                .getMessage();
        assertTrue(again.contains("chain1=is a container already") && again.contains("restore first"), again);
        String row = assertThrows(IllegalArgumentException.class, () -> Lean.convert(chain, Memory.reversible()))
                .getMessage();
        assertTrue(row.contains("chain1=is a container already"), row);
    }

    @ParameterizedTest
    @ValueSource(strings = {"approx", "checkpoint", "shared-norms otherwise checkpoint", "razor=0.5+approx"})
    void truncatedBackPropagationIsSaidFirst(String memory) {
        MultiLayerNetwork net = dense();
        net.getLayerWiseConfigurations().setBackpropType(BackpropType.TruncatedBPTT);
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(net, Memory.parse(memory)))
                .getMessage();
        assertTrue(message.contains("truncated"), message);
    }

    @Test
    void aRuleMayNameWhatIsInAContainer() {
        MultiLayerNetwork once =
                Lean.convert(dense(), Memory.checkpoint().except("d3", "d4")).network();
        ConversionReport report = Lean.convert(
                        once, Memory.razor(0.5).except("d1").at("d2", Memory.store()))
                .report();
        Map<String, String> left = report.left().stream()
                .collect(Collectors.toMap(ConversionReport.Left::name, ConversionReport.Left::reason));
        assertEquals("is in the container \"rest1\" already: restore first", left.get("d1"));
        assertEquals(left.get("d1"), left.get("d2"));
        assertFalse(left.containsKey("d3"), left::toString);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Lean.convert(once, Memory.razor(0.5).except("d9")))
                .getMessage();
        assertTrue(message.contains("does not have"), message);
        MultiLayerNetwork chain = Lean.convert(tokens(), Memory.reversible()).network();
        String of = Lean.plan(chain, Memory.recompute().except("b*")).toString();
        assertTrue(of.contains("left b1: is in the container \"chain1\" already"), of);
    }
}
