package org.revlayers.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** The choice as a value and as a text. */
class MemoryTest {

    static Stream<Memory> memories() {
        return Stream.of(
                Memory.store(),
                Memory.recompute().stockHosts(true),
                Memory.sharedNorms().except("a", "b c"),
                Memory.razor(0.75),
                Memory.razor(0.9)
                        .values(RazorValues.INT8)
                        .fill(RazorFill.ZERO)
                        .forward(true)
                        .probabilities(true)
                        .activations(ActivationMemory.FP16)
                        .inside(Memory.approx()),
                Memory.reversible(),
                Memory.reversible(CoefficientSchedule.over(2000)),
                Memory.reversible(CoefficientSchedule.momentum(0.5)),
                Memory.reversible(CoefficientSchedule.builder()
                                .totalIterations(70)
                                .alphaEnd(0)
                                .betaEnd(1)
                                .returnFraction(0.25)
                                .endFraction(0.5)
                                .steps(16)
                                .shape(CoefficientSchedule.Shape.COSINE)
                                .build())
                        .mode(ChainMode.CHECKPOINT)
                        .streams(StreamType.FLOAT)
                        .streamScale(20)
                        .tolerance(0.01)
                        .stem(true)
                        .atLeast(3),
                // stays at the start and goes back to (1, 0)
                Memory.reversible(CoefficientSchedule.constant(1, 0.125).toBuilder()
                        .totalIterations(2000)
                        .returnFraction(0.25)
                        .build()),
                Memory.half(RazorValues.BF16).otherwise(Memory.half()),
                Memory.checkpoint().inside(Memory.half(RazorValues.BF16)).at("a", Memory.int8()),
                Memory.reversible()
                        .inside(Memory.half())
                        .at("res5*", Memory.razor(0.5).otherwise(Memory.store()))
                        .at("has (odd) name", Memory.checkpoint())
                        .otherwise(Memory.checkpoint().otherwise(Memory.approx())));
    }

    @ParameterizedTest
    @MethodSource("memories")
    void readsWhatItWrites(Memory memory) {
        Memory read = Memory.parse(memory.toString());
        assertEquals(memory, read);
        assertEquals(memory.hashCode(), read.hashCode());
        assertEquals(memory.toString(), read.toString());
    }

    @Test
    void readsShortForms() {
        assertEquals(Memory.reversible().inside(Memory.approx()), Memory.parse("reversible+approx"));
        assertEquals(Memory.razor(0.9), Memory.parse("razor=0.9,half"));
        assertEquals(Memory.razor(0.9), Memory.parse(" Razor "));
        assertEquals(Memory.store().onDisk(true), Memory.parse("offload"));
        assertEquals("store=disk", Memory.offload().toString());
        assertEquals("in-place", Memory.inPlace().toString());
        assertEquals("in-place=slope:0.01", Memory.inPlace(0.01).toString());
        assertEquals("half=bf16", Memory.half(RazorValues.BF16).toString());
        assertEquals("half", Memory.half(RazorValues.FP16).toString());
        assertEquals(Memory.half(), Memory.parse("half=fp16"));
        assertEquals("int8", Memory.int8().toString());
        assertEquals(
                Memory.checkpoint().onDisk(true).otherwise(Memory.offload()),
                Memory.parse("checkpoint=disk otherwise offload"));
        assertEquals(Memory.reversible(CoefficientSchedule.over(50)), Memory.parse("reversible=over:50"));
        assertEquals(
                Memory.reversible().otherwise(Memory.checkpoint()).except("conv1"),
                Memory.parse("reversible otherwise checkpoint except conv1"));
    }

    /** Whatever stands first. */
    @Test
    void settingsHaveNoOrder() {
        assertEquals(
                Memory.razor(0.95).values(RazorValues.INT8).fill(RazorFill.ZERO), Memory.parse("razor=int8,zero,0.95"));
        assertEquals(Memory.parse("reversible=over:50,at:1:0.125"), Memory.parse("reversible=at:1:0.125,over:50"));
        assertEquals(
                0.125,
                Memory.parse("reversible=at:1:0.125,over:50").chain().schedule().getBetaEnd());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "thin",
                "razor=2",
                "razor=",
                "store=0.5",
                "checkpoint checkpoint",
                "(store",
                "store)",
                "at",
                "razor=0.9,gelu",
                "reversible=over:x",
                "reversible=over",
                "reversible=at",
                "reversible=at:9:9",
                "reversible=end",
                "razor=:5",
                "store+approx",
                "checkpoint otherwise"
            })
    void refusesWhatIsNone(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Memory.parse(text));
        assertTrue(e.getMessage().contains("memory") || e.getMessage().contains("prune"), e.getMessage());
    }

    @Test
    void isAValueThatNothingChanges() {
        Memory plain = Memory.razor(0.9);
        Memory other = plain.at("a", Memory.store());
        assertNotEquals(plain, other);
        assertTrue(plain.at().isEmpty());
        assertThrows(UnsupportedOperationException.class, () -> other.at().clear());
        assertThrows(IllegalArgumentException.class, () -> Memory.store().values(RazorValues.INT8));
        assertThrows(IllegalArgumentException.class, () -> plain.stem(true));
        assertThrows(IllegalArgumentException.class, () -> Memory.reversible(CoefficientSchedule.over(0)));
    }
}
