package org.revlayers.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;

/** A sequence or a layer does all that its memory says, or refuses it. */
class RazorMemoryTest {

    private static final Memory RAZOR = Memory.razor(0.5);

    private static RazorSequence.Builder sequence() {
        return new RazorSequence.Builder()
                .layers(new DenseLayer.Builder().name("x").nOut(2).build());
    }

    private static void refused(String message, Executable call) {
        String said = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(said.contains(message), said);
    }

    @Test
    void refusesWhatASequenceHasNoFormFor() {
        refused("attention inside has a razor of its own", () -> sequence().memory(RAZOR.probabilities(true)));
        refused("is no razor, half, int8, in-place or store", () -> sequence().memory(Memory.recompute()));
        refused("is no razor, half, int8, in-place or store", () -> sequence().memory(Memory.checkpoint()));
        refused("is no razor, half, int8, in-place or store", () -> sequence().memory("x", Memory.approx()));
        refused("is no razor, half, int8, in-place or store", () -> sequence().memory("x", Memory.recompute()));
        refused("has an otherwise", () -> sequence().memory(RAZOR.otherwise(Memory.store())));
        refused("has something inside", () -> sequence().memory(RAZOR.inside(Memory.approx())));
        refused("use memory(name, own)", () -> sequence().memory(RAZOR.except("x")));
        refused("which is of the whole sequence", () -> sequence().memory("x", RAZOR.probabilities(true)));
        refused("the memory of a razor sequence is null", () -> sequence().memory(null));
        RazorSequence.Builder own = sequence().memory(RAZOR).memory("x", RAZOR.activations(ActivationMemory.FP16));
        refused("they are of the whole sequence, 2bit here", own::build);
    }

    @Test
    void isTunedByAMemory() {
        RazorSequence tuned = sequence().memory("y", Memory.razor(0.7)).build();
        tuned.setMemory(Memory.store());
        assertNull(tuned.getThinning());
        tuned.setMemory(RAZOR.fill(RazorFill.ZERO).activations(ActivationMemory.FP16));
        tuned.setMemory("x", Memory.half());
        tuned.setMemory("y", Memory.store());
        assertEquals(new Thinning(0.5, RazorValues.FP16, RazorFill.ZERO), tuned.getThinning());
        assertEquals(ActivationMemory.FP16, tuned.getActivations());
        assertEquals(java.util.Map.of("x", Thinning.half()), tuned.getThinnings());
        assertEquals(List.of("y"), tuned.getDense());
        tuned.setMemory("y", RAZOR);
        assertEquals(List.of(), tuned.getDense());
        refused("is no razor, half, int8, in-place or store", () -> tuned.setMemory(Memory.approx()));
        refused("attention inside has a razor of its own", () -> tuned.setMemory(RAZOR.probabilities(true)));
    }

    /** Those inside that are as the sequence is take all of it. */
    @Test
    void tunesWhatItEquipped() {
        RazorSequence sequence = new RazorSequence.Builder()
                .layers(new MultiHeadSelfAttention.Builder(2).name("attention").build())
                .build();
        sequence.equip(false);
        sequence.setMemory(RAZOR.probabilities(true));
        assertTrue(((MultiHeadSelfAttention) sequence.getLayers().get(0))
                .getRazor()
                .probabilities());
        sequence.setMemory(Memory.store());
        assertNull(((MultiHeadSelfAttention) sequence.getLayers().get(0)).getRazor());
    }

    @Test
    void refusesForOneLayerWhatIsOfSeveral() {
        Memory rest = RAZOR.otherwise(Memory.checkpoint());
        refused("is of several layers, and this is one", () -> new TransformerBlock.Builder(2).memory(rest));
        refused("is of several layers, and this is one", () -> new TransformerMlp.Builder(2).memory(rest));
        refused("is of several layers, and this is one", () -> new MultiHeadSelfAttention.Builder(2).memory(rest));
        refused("stockHosts is of containers", () -> new TransformerBlock.Builder(2).memory(RAZOR.stockHosts(true)));
        refused("the memory of a layer is null", () -> new TransformerBlock.Builder(2).memory(null));
    }
}
