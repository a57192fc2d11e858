package org.revlayers.examples.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.convert.ReprogramReport;
import org.revlayers.examples.SmallModels;
import org.revlayers.models.VisionTransformer;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class BsrChoiceTest {

    @Command
    static final class Options {
        @Mixin
        BsrChoice bsr = new BsrChoice();
    }

    private static BsrChoice read(String... arguments) {
        Options options = new Options();
        new CommandLine(options).parseArgs(arguments);
        return options.bsr;
    }

    private static MultiLayerNetwork vit(int depth) {
        return VisionTransformer.builder()
                .size(VisionTransformer.Size.TI)
                .depth(depth)
                .height(32)
                .width(32)
                .classes(3)
                .build()
                .init();
    }

    private static List<Integer> numbers(ReprogramReport report, boolean trained) {
        List<ReprogramReport.Block> blocks = report.blocks();
        return IntStream.range(0, blocks.size())
                .filter(i -> trained
                        ? blocks.get(i).role() == ReprogramReport.Role.TRAINED
                        : blocks.get(i).keep() < 1)
                .boxed()
                .toList();
    }

    @Test
    void defaultsAreThePapers() {
        ReprogramReport report = read().of(vit(12), TrainingMethod.BSR).report();
        assertEquals(List.of(3, 7, 11), numbers(report, true));
        assertEquals(List.of(3, 6, 9), numbers(report, false));
        assertEquals(List.of(2), numbers(read().of(vit(3), TrainingMethod.BSR).report(), true));
    }

    @Test
    void optionsAreHandedOn() {
        BsrChoice choice = read("--train-blocks", "1,3", "--drop-at", "2", "--keep", "0.3", "--fuse", "false");
        assertEquals(List.of("--keep=0.3", "--train-blocks=1,3", "--drop-at=2", "--fuse=false"), choice.arguments());
        ReprogramReport report = read(choice.arguments().toArray(new String[0]))
                .of(vit(4), TrainingMethod.BSR)
                .report();
        assertEquals(List.of(1, 3), numbers(report, true));
        assertEquals(List.of(2), numbers(report, false));
        assertEquals(0.3, report.blocks().get(2).keep());
        assertFalse(report.blocks().get(2).fuse());
        assertTrue(
                read().of(vit(4), TrainingMethod.BSR).report().blocks().get(2).fuse());
        assertTrue(numbers(read("--keep", "1").of(vit(4), TrainingMethod.BSR).report(), false)
                .isEmpty());
    }

    @ParameterizedTest
    @EnumSource(names = {"BSR", "BSR_RAZOR", "BSR_REVERSIBLE"})
    void theMethodsTrain(TrainingMethod method) {
        MultiLayerNetwork net = vit(5);
        Conversion conversion = new Conversion(
                method,
                CoefficientSchedule.over(10),
                new RazorChoice().memory(),
                new PlanChoice()::plan,
                null,
                new BsrChoice());
        MultiLayerNetwork made = conversion.of(net, () -> null);
        INDArray before = Lean.parameters(made, "block3").get("fc1W").dup();
        INDArray frozen = Lean.parameters(made, "block4").get("fc1W").dup();
        made.fit(new DataSet(Nd4j.rand(2, 3, 32, 32), Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 1}})));
        assertTrue(!before.equals(Lean.parameters(made, "block3").get("fc1W")));
        assertEquals(frozen, Lean.parameters(made, "block4").get("fc1W"));
        assertEquals(method.thins(), made.summary().contains("razor"), made::summary);
    }

    @Test
    void networksOfOtherKindsAreRefused() {
        String message = assertThrows(UsageException.class, () -> read().of(
                                SmallModels.residual(8, 2, 1, new Sgd(0.1)), TrainingMethod.BSR))
                .getMessage();
        assertTrue(message.contains("transformer blocks"), message);
        String keep = assertThrows(
                        UsageException.class, () -> read("--keep", "0").check())
                .getMessage();
        assertTrue(keep.contains("--keep"), keep);
        assertEquals(4, Arrays.asList(BsrChoice.names()).size());
    }

    @Test
    void blocksThatAreNotThereAreWrongUse() {
        for (String option : List.of("--train-blocks", "--drop-at")) {
            BsrChoice wrong = read(option, "1,4");
            String message = assertThrows(UsageException.class, () -> wrong.of(vit(4), TrainingMethod.BSR_REVERSIBLE))
                    .getMessage();
            assertTrue(message.contains(option) && message.contains("got 4"), message);
        }
    }
}
