package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.revlayers.Lean;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/** Choices by names: the last pattern that fits a layer counts, whether it is a name or has stars. */
class RulesTest {

    private static final Memory RAZOR = Memory.razor(0.5);

    private static MultiLayerNetwork net() {
        NeuralNetConfiguration.ListBuilder list =
                new NeuralNetConfiguration.Builder().seed(3).list();
        for (int i = 1; i <= 6; i++) {
            list.layer(new DenseLayer.Builder()
                    .name("d" + i)
                    .nOut(6)
                    .activation(Activation.TANH)
                    .build());
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .name("out")
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.feedForward(5))
                .build());
        net.init();
        return net;
    }

    private static RazorSequence razor(Memory memory) {
        MultiLayerNetwork lean = Lean.convert(net(), memory).network();
        assertEquals(2, lean.getnLayers(), () -> lean.getLayerNames().toString());
        return (RazorSequence) lean.getLayer(0).conf().getLayer();
    }

    @ParameterizedTest
    @ValueSource(strings = {"d3", "d3*", "*3"})
    void aPatternMeansWhatTheNameMeans(String d3) {
        RazorSequence dense = razor(RAZOR.at(d3, Memory.store()));
        assertEquals(List.of("d3"), dense.getDense());
        assertEquals(Map.of(), dense.getThinnings());
        RazorSequence other = razor(RAZOR.at(d3, Memory.razor(0.7)));
        assertEquals(Set.of("d3"), other.getThinnings().keySet());
        assertEquals(0.7, other.getThinnings().get("d3").prune());
        ConversionReport cut =
                Lean.convert(net(), RAZOR.at(d3, Memory.checkpoint())).report();
        assertEquals(List.of("d1", "d2"), cut.razors().get(0).members());
        ConversionReport hosts = Lean.convert(
                        net(), RAZOR.at(d3, Memory.razor(0.7).stockHosts(true)))
                .report();
        assertEquals(List.of("d1", "d2"), hosts.razors().get(0).members(), "hosts are of a whole container");
    }

    @ParameterizedTest
    @CsvSource({"d3,d*", "d3*,d*", "*3,d*", "d3,*"})
    void theLastOneThatFitsCounts(String one, String all) {
        RazorSequence last = razor(RAZOR.at(one, Memory.store()).at(all, Memory.razor(0.7)));
        assertEquals(List.of(), last.getDense());
        assertEquals(6, last.getThinnings().size(), () -> last.getThinnings().toString());
        RazorSequence first = razor(RAZOR.at(all, Memory.razor(0.7)).at(one, Memory.store()));
        assertEquals(List.of("d3"), first.getDense());
        assertEquals(5, first.getThinnings().size());
    }

    @Test
    void aRuleThatOthersOverruleMakesNoContainer() {
        Memory memory = Memory.checkpoint().at("d3", Memory.razor(0.2)).at("d*", Memory.razor(0.7));
        RazorSequence sequence = razor(memory);
        assertEquals(0.7, sequence.getThinning().prune());
        assertEquals(Map.of(), sequence.getThinnings());
        RazorSequence other =
                razor(Memory.checkpoint().at("d*", Memory.razor(0.7)).at("d3", Memory.razor(0.2)));
        assertEquals(0.7, other.getThinning().prune());
        assertEquals(0.2, other.getThinnings().get("d3").prune());
    }

    @Test
    void starsMatchAnyCharacters() {
        assertEquals(
                "store",
                new Choices(Memory.half().at("a*b", Memory.store()), List.of("a\nb"))
                        .ofVariable("a\nb")
                        .toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "checkpoint | checkpoint | several",
                "checkpoint | reversible | several",
                "razor=0.5 | checkpoint | several",
                "checkpoint | shared-norms | share norms",
                "reversible | shared-norms | share norms",
                "checkpoint | half except d1 | outermost",
                "checkpoint | store at d1 half | outermost",
                "razor=0.5 | half at nonsense store | outermost",
                "checkpoint | recompute otherwise store | otherwise",
                "razor=0.5 | recompute | activations",
                "razor=0.5 | store | activations",
                "checkpoint | razor=0.5+approx | once",
            })
    void anInsideThatSaysMoreThanIsDoneIsRefused(String outer, String inner, String reason) {
        Memory memory;
        try {
            memory = Memory.parse(outer).inside(Memory.parse(inner));
        } catch (IllegalArgumentException refusedEarlier) {
            return;
        }
        for (Memory place : new Memory[] {
            memory, Memory.store().at("d1", memory), Memory.reversible().otherwise(memory)
        }) {
            String message = assertThrows(IllegalArgumentException.class, () -> Lean.plan(net(), place))
                    .getMessage();
            assertTrue(message.contains(reason), message);
        }
    }
}
