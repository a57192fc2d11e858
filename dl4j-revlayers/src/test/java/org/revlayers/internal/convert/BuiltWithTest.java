package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.MemoryListener;

/** Blocks that were built with a memory of their own keep what a conversion says, whatever that was. */
class BuiltWithTest {

    private static MultiLayerNetwork net(Memory memory) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .updater(new Sgd(0.1))
                .list();
        for (String name : List.of("b1", "b2")) {
            list.layer(new TransformerBlock.Builder(2)
                    .mlp(16)
                    .memory(memory)
                    .name(name)
                    .build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(3)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(8, 4, RNNFormat.NWC))
                        .build());
        net.init();
        return net;
    }

    private static DataSet data() {
        return new DataSet(
                Nd4j.linspace(DataType.DOUBLE, -1, 0.02, 96).reshape(3, 4, 8),
                Nd4j.eye(3).castTo(DataType.DOUBLE));
    }

    private static TransformerBlock block(MultiLayerNetwork net) {
        return (TransformerBlock) Lean.layer(net, "b1");
    }

    private static INDArray gradient(MultiLayerNetwork net) {
        net.setInput(data().getFeatures());
        net.setLabels(data().getLabels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients().dup();
    }

    @ParameterizedTest
    @ValueSource(strings = {"razor=0.5", "half", "half=bf16", "int8", "recompute"})
    void exactMemoriesAreExact(String built) {
        INDArray exact = gradient(net(Memory.store()));
        for (Memory memory : new Memory[] {
            Memory.store(),
            Memory.recompute(),
            Memory.checkpoint().inside(Memory.recompute()),
            Memory.checkpoint().inside(Memory.store())
        }) {
            if (!memory.toString().equals(built)) {
                MultiLayerNetwork lean =
                        Lean.convert(net(Memory.parse(built)), memory).network();
                Compare.near(exact, gradient(lean), 1e-12, memory + " of blocks that were built with " + built);
            }
        }
    }

    @Test
    void halfIsHalf() {
        Memory razor = Memory.razor(0.5);
        INDArray half =
                gradient(Lean.convert(net(Memory.store()), Memory.half()).network());
        MultiLayerNetwork lean = Lean.convert(net(razor), Memory.half()).network();
        Compare.same(half, gradient(lean), "half");
        Compare.different(half, gradient(net(razor)), "razor");
        assertNull(block(Lean.restore(lean)).getRazor(), "what it was built with is not recorded");
        assertEquals(
                ActivationMemory.RECOMPUTE,
                block(Lean.restore(Lean.convert(net(Memory.recompute()), Memory.half())
                                .network()))
                        .getActivationMemory());
    }

    @Test
    void storeIsTheWayBackOfRecompute() {
        MultiLayerNetwork lean =
                Lean.convert(net(Memory.store()), Memory.recompute()).network();
        assertEquals(ActivationMemory.RECOMPUTE, block(lean).getActivationMemory());
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.restore(lean))
                .getMessage();
        assertTrue(message.contains("Memory.store()"), message);
        MultiLayerNetwork stored =
                Lean.restore(Lean.convert(lean, Memory.store()).network());
        assertEquals(ActivationMemory.DENSE, block(stored).getActivationMemory());
    }

    private static long kept(MultiLayerNetwork net) {
        MemoryListener listener = new MemoryListener();
        net.setListeners(listener);
        net.fit(data());
        net.setListeners();
        return listener.report().keptBytes();
    }

    /** What an inside says shows in gradients, or, where it is exact, in what is kept. */
    @Test
    void whatIsInsideHasAnEffect() {
        Memory razor = Memory.razor(0.5);
        Memory open = razor.activations(ActivationMemory.DENSE);
        assertThrows(IllegalArgumentException.class, () -> razor.inside(Memory.razor(0.9)));
        INDArray thinned = gradient(Lean.convert(net(Memory.store()), razor).network());
        for (Memory memory : new Memory[] {razor.inside(Memory.half()), razor.inside(Memory.approx())}) {
            MultiLayerNetwork lean = Lean.convert(net(Memory.store()), memory).network();
            INDArray other = gradient(lean);
            assertTrue(other.length() != thinned.length() || !other.equalsWithEps(thinned, 1e-9), memory::toString);
        }
        INDArray exact = gradient(net(Memory.store()));
        for (Map.Entry<Memory, Boolean> inside : Map.of(
                        Memory.half(),
                        true,
                        Memory.int8(),
                        true,
                        Memory.razor(0.5),
                        true,
                        Memory.approx(),
                        true,
                        Memory.recompute(),
                        false)
                .entrySet()) {
            for (Memory outer :
                    new Memory[] {Memory.checkpoint(), Memory.checkpoint().at("b1", Memory.checkpoint())}) {
                MultiLayerNetwork lean = Lean.convert(net(Memory.store()), outer.inside(inside.getKey()))
                        .network();
                Compare.near(
                        net(Memory.store()).output(data().getFeatures()),
                        lean.output(data().getFeatures()),
                        1e-10,
                        "output");
                assertEquals(
                        inside.getValue(),
                        !gradient(Lean.restore(lean)).equalsWithEps(exact, 1e-12)
                                || !gradient(lean).equalsWithEps(exact, 1e-12),
                        inside::toString);
            }
        }
        long dense = kept(Lean.convert(net(Memory.store()), open).network());
        long again = kept(Lean.convert(net(Memory.store()), open.inside(Memory.recompute()))
                .network());
        assertTrue(again < dense, again + " of " + dense);
        assertTrue(kept(Lean.convert(net(Memory.recompute()), open.inside(Memory.store()))
                        .network())
                == dense);
    }
}
