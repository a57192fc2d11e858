package org.revlayers.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Whatever a program can make has a text that reads as the same; whatever is no memory is refused with the part that is wrong and what to write. */
class MemoryTextTest {

    private static final int GENERATED = 4000;
    private static final List<String> NAMES = List.of(
            "res5*",
            "a b",
            "a\"b",
            "\"",
            "",
            "at",
            "otherwise",
            "(x),=+",
            "back\\slash",
            "\u2003em",
            "a/b:c",
            "line\nbreak");

    private final Random random = new Random(5);

    private boolean coin() {
        return random.nextInt(3) == 0;
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private double fraction() {
        return any(List.<Supplier<Double>>of(() -> 0.0, () -> 0.9, () -> 1e-7, random::nextDouble))
                .get();
    }

    private CoefficientSchedule schedule() {
        return switch (random.nextInt(9)) {
            case 6 -> CoefficientSchedule.twoStep((1 + random.nextInt(16)) / 16.0);
            case 7 -> CoefficientSchedule.randomSigns((1 + random.nextInt(15)) / 16.0).toBuilder()
                    .steps(coin() ? 4 : 16)
                    .build();
            case 8 -> inForm();
            case 0 -> CoefficientSchedule.over(1 + random.nextInt(3000));
            case 1 -> CoefficientSchedule.constant(random.nextInt(9) / 8.0, (1 + random.nextInt(8)) / 8.0);
            case 2 -> CoefficientSchedule.momentum((1 + random.nextInt(15)) / 16.0);
            case 3 -> CoefficientSchedule.linear(
                    1, 0.125, random.nextDouble(), random.nextDouble(), random.nextInt(900));
            case 4 -> CoefficientSchedule.sampled(any(List.of(1, 2, 4, 8, 16)), random.nextInt(20), i ->
                    new double[] {random.nextInt(4), random.nextInt(2)});
            default -> CoefficientSchedule.builder()
                    .alphaEnd(random.nextDouble())
                    .betaEnd(coin() ? 0.125 : random.nextDouble())
                    .alphaStart(coin() ? 0.5 : 1)
                    .totalIterations(1 + random.nextInt(100))
                    .endFraction(coin() ? 0.4 : 0.01 + random.nextDouble() / 2)
                    .returnFraction(coin() ? 0.25 : 0)
                    .steps(any(List.of(4, 8, 16)))
                    .shape(any(List.of(CoefficientSchedule.Shape.values())))
                    .build();
        };
    }

    private CoefficientSchedule inForm() {
        CoefficientSchedule moving = CoefficientSchedule.builder()
                .form(any(List.of(ChainForm.TWO_STEP, ChainForm.RANDOM_SIGNS)))
                .alphaStart(0.5)
                .betaStart(0.5)
                .alphaEnd(0.875)
                .betaEnd(0.125)
                .totalIterations(1 + random.nextInt(100))
                .returnFraction(coin() ? 0.25 : 0)
                .build();
        return coin() ? CoefficientSchedule.of(moving.table()) : moving;
    }

    private Memory plain() {
        Memory memory =
                switch (random.nextInt(10)) {
                    case 0 -> Memory.store();
                    case 1 -> Memory.recompute();
                    case 2 -> Memory.half(coin() ? RazorValues.FP16 : RazorValues.BF16);
                    case 3 -> Memory.sharedNorms();
                    case 4 -> Memory.approx();
                    case 5 -> Memory.checkpoint();
                    case 6 -> razor();
                    case 7 -> Memory.int8();
                    case 8 -> coin() ? Memory.inPlace() : Memory.inPlace(0.5 + random.nextDouble());
                    default -> reversible();
                };
        boolean disk = List.of(Memory.Kind.STORE, Memory.Kind.CHECKPOINT, Memory.Kind.REVERSIBLE)
                        .contains(memory.kind())
                && coin();
        return (disk ? memory.onDisk(true) : memory).stockHosts(memory.kind() != Memory.Kind.IN_PLACE && coin());
    }

    private Memory razor() {
        return Memory.razor(fraction())
                .values(any(List.of(RazorValues.values())))
                .fill(any(List.of(RazorFill.values())))
                .forward(coin())
                .probabilities(coin())
                .activations(any(List.of(
                        ActivationMemory.DENSE,
                        ActivationMemory.TWO_BIT,
                        ActivationMemory.FP16,
                        ActivationMemory.THINNED)));
    }

    private Memory reversible() {
        return Memory.reversible(schedule())
                .mode(any(List.of(ChainMode.values())))
                .streams(coin() ? any(List.of(StreamType.values())) : null)
                .streamScale(coin() ? (Integer) random.nextInt(31) : null)
                .tolerance(coin() ? 1e-7 : 1e-3)
                .stem(coin())
                .atLeast(1 + random.nextInt(4));
    }

    private Memory memory(int depth) {
        Memory memory = plain();
        boolean again = memory.kind() == Memory.Kind.REVERSIBLE || memory.kind() == Memory.Kind.CHECKPOINT;
        if (again && coin()) {
            Memory razor = coin() ? razor().inside(Memory.approx()) : razor();
            memory = memory.inside(
                    coin()
                            ? razor
                            : any(List.of(
                                    Memory.approx(),
                                    Memory.half(),
                                    Memory.half(RazorValues.BF16),
                                    Memory.int8(),
                                    Memory.recompute())));
        }
        while (depth > 0 && coin()) {
            memory = switch (random.nextInt(3)) {
                case 0 -> memory.otherwise(memory(depth - 1));
                case 1 -> memory.at(any(NAMES), memory(depth - 1));
                default -> memory.except(any(NAMES), any(NAMES));
            };
        }
        return memory;
    }

    @Test
    void readsWhatItWrites() {
        for (int i = 0; i < GENERATED; i++) {
            Memory memory = memory(3);
            Memory read = Memory.parse(memory.toString());
            assertEquals(memory, read, memory::toString);
            assertEquals(memory.toString(), read.toString());
        }
    }

    @Test
    void readsEveryStageOfSeveral() {
        Memory all = Memory.checkpoint().otherwise(Memory.razor(0.9).otherwise(Memory.store()));
        assertEquals(all, Memory.parse("checkpoint otherwise razor otherwise store"));
        assertEquals(all, Memory.parse("(checkpoint otherwise razor) otherwise store"));
        assertEquals(all, Memory.parse("checkpoint otherwise (razor otherwise store)"));
        assertEquals(all, Memory.checkpoint().otherwise(Memory.razor(0.9)).otherwise(Memory.store()));
        assertEquals("checkpoint otherwise razor=0.9 otherwise store", all.toString());
        assertEquals(Memory.checkpoint(), all.otherwise(null));
    }

    @Test
    void readsLinesOfCoefficients() {
        CoefficientSchedule line = CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 800);
        assertEquals(Memory.reversible(line), Memory.parse("reversible=linear:1:0.125:0.75:0.25:800"));
        assertEquals(
                "reversible=table:8:0/8/1:201/7/1:400/7/2:600/6/2",
                Memory.reversible(line).toString());
    }

    @Test
    void readsGammas() {
        Memory signs = Memory.reversible(CoefficientSchedule.randomSigns(0.125));
        assertEquals("reversible=random:0.125", signs.toString());
        assertEquals(signs, Memory.parse("reversible=random:0.125"));
        assertEquals(Memory.reversible(CoefficientSchedule.twoStep(1)), Memory.parse("reversible=two-step:1"));
        assertEquals(
                Memory.parse("reversible=over:100,random:0.125,return:0.2"),
                Memory.parse("reversible=return:0.2,random:0.125,over:100"));
    }

    /** A later change to the schedule that it was made of does not reach a memory. */
    @Test
    void ownsItsSchedule() {
        CoefficientSchedule mine = CoefficientSchedule.over(100);
        Memory memory = Memory.reversible(mine);
        mine.setSteps(3);
        assertEquals(Memory.reversible(CoefficientSchedule.over(100)), memory);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "razor=-0.5 | in [0, 1); got -0.5: choose 0.9",
                "razor=NaN | there is no such one; a razor has a fraction such as 0.9",
                "razor=0.9,gelu | \"gelu\": write gelu:kept, 2bit, fp16",
                "razor=0.9,gelu:4bit | got \"4bit\"",
                "razor=0.9,mean:3 | \"mean:3\": write mean",
                "razor=0.9,zero,mean | says what dropped elements count as twice, again with \"mean\"",
                "razor=0.9,0.5 | says the fraction twice",
                "razor=0.9,fp17 | \"fp17\": there is no such one; a razor has",
                "reversible=random:1 | γ is a multiple of 1/16, 1/16 to 15/16: choose one, not 1",
                "reversible=random:x | a number stands behind \"random\"",
                "reversible=two-step:1:2 | write two-step:γ",
                "reversible=random | the form RANDOM_SIGNS has α = 1 − γ and β = γ",
                "reversible=random:0.5,at:1:0.5 | twice, again with \"at:1:0.5\"",
                "store=0.5 | this kind has none but disk and stock-hosts: leave it out",
                "approx=0.5 | this kind has none but stock-hosts: leave it out",
                "half=0.5 | \"0.5\": there is no such one; half has fp16, bf16 and stock-hosts",
                "half=mean | \"mean\": there is no such one; half has fp16, bf16",
                "half=int8 | half keeps values in 16 bits, fp16 or bf16; got int8: use int8()",
                "half=fp32 | half keeps values in 16 bits, fp16 or bf16; got fp32: use store()",
                "half=bf16,fp16 | says the values twice, again with \"fp16\"",
                "in-place=0.5 | \"0.5\": there is no such one; an in-place memory has slope:number",
                "in-place=slope | \"slope\": write slope:number",
                "in-place=slope:0 | is above 0 and finite, for backward inverts the leaky ReLU; got 0.0: choose 0.01",
                "in-place=stock-hosts | DL4J's implementation of batch normalisation does not work in place",
                "in-place=disk | a disk is for store, checkpoint and reversible",
                "checkpoint+in-place | it says what becomes of the batch normalisations of a run of layers",
                "int8=0.5 | this kind has none but stock-hosts: leave it out",
                "int8=disk | a disk is for store, checkpoint and reversible",
                "half=disk | a disk is for store, checkpoint and reversible: say it of one of them",
                "store=disk:1 | write disk",
                "checkpoint+store=disk | it lives no longer than its unit is computed again",
                "reversible=to:0.5 | \"to:0.5\": write to:α:β",
                "reversible=at:1:0.5:3 | \"at:1:0.5:3\": write at:α:β",
                "reversible=at:1:0.5,to:1:0.5,over:3 | says to twice",
                "reversible=over:2000.7 | a whole number of at most 9 digits stands behind \"over\", 8 say, not \"2000.7\"",
                "reversible=over | \"over\": write over:steps",
                "reversible=over:20,steps:2.5 | stands behind \"steps\", 8 say, not \"2.5\"",
                "reversible=from:1:x | a number stands behind \"from\", 0.25 say, not \"x\"",
                "reversible=over:20,over:30 | says over twice, again with \"over:30\"",
                "reversible=over:-1 | has a schedule that cannot be",
                "reversible=scale:99 | streams have a scale of 0 to 30 bits, not 99: choose 20",
                "reversible=tolerance:-1 | a tolerance is a relative error between 0 and 1, not -1.0: choose 0.001",
                "reversible=blocks:0 | a chain has at least 1 block, not 0: choose 2",
                "reversible=stem:1 | \"stem:1\": write stem",
                "reversible=momentum:0.5 | there is no such one; a reversible memory has at:α:β",
                "reversible=linear:1:0.125:0.75 | write linear:α:β:α:β:iterations",
                "reversible=table:8 | write table:q:iteration/α·q/β·q",
                "reversible=table:8:5/8/1 | has a first row for iteration 0",
                "reversible=table:8:0/8/1,end:0.5 | is the whole schedule: leave out what else is said",
                "checkpoint+reversible | (reversible) cannot live inside, for it is of several layers",
                "checkpoint+(store except a) | for at and except are of the whole network",
                "checkpoint+(razor otherwise store) | leave its otherwise out",
                "razor+razor | for this is a razor itself",
                "(reversible+approx)+half | says twice what lives inside",
                "checkpoint except \"a | cannot be read from \" \"a\" on",
            })
    void saysWhichPartIsWrongAndWhatToWrite(String text, String message) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Memory.parse(text));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"razor=.5", "razor=0.50", "razor=5e-1", "RAZOR=0.5"})
    void readsFractionsAsTheyAreWritten(String text) {
        assertEquals(Memory.razor(0.5), Memory.parse(text));
    }

    @Test
    void refusesNullWhereItIsSaid() {
        refused("the text of a memory is null: give checkpoint", () -> Memory.parse(null));
        refused("what a razor keeps values in is null: give RazorValues.FP16", () -> Memory.razor(0.9)
                .values(null));
        refused("what half keeps values in is null: give RazorValues.FP16 or BF16", () -> Memory.half(null));
        refused("values, fill, forward, probabilities and activations are of razor", () -> Memory.int8()
                .values(RazorValues.FP16));
        refused("the fill of a razor is null", () -> Memory.razor(0.9).fill(null));
        refused("what activations keep under a razor is null", () -> Memory.razor(0.9)
                .activations(null));
        refused("the memory at \"x\" is null: give store()", () -> Memory.store()
                .at("x", null));
        refused("the pattern of at is null", () -> Memory.store().at(null, Memory.half()));
        refused("a pattern of except is null", () -> Memory.store().except("a", null));
        refused("a list of patterns of except is null", () -> Memory.store().except((String[]) null));
        refused("the mode of chains is null", () -> Memory.reversible().mode(null));
        refused("schedule is null: give CoefficientSchedule.over(steps)", () -> Memory.reversible(null));
        refused("streams have a scale of 0 to 30 bits", () -> Memory.reversible()
                .streamScale(99));
        refused("a tolerance is a relative error", () -> Memory.reversible().tolerance(-3));
    }

    private static void refused(String message, Executable call) {
        String said = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(said.contains(message), said);
    }
}
