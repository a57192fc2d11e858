package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.examples.ColourImages;
import org.revlayers.examples.CommandRun;
import org.revlayers.examples.TinyVit;
import org.revlayers.examples.shared.TrainingMethod;

/** {@code --resume}: with the options of before, or a refusal that names the one that differs. */
class ResumeOptionsTest {

    @TempDir
    private Path folder;

    private Path out;

    @BeforeEach
    void files() throws IOException {
        ColourImages.paint(folder.resolve("images"), 10);
        new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        out = folder.resolve("out");
    }

    private CommandRun run(String... more) {
        List<String> all = new ArrayList<>(List.of("finetune", "--model", "vit"));
        String defaults = "--weights " + folder.resolve("vit.safetensors") + " --data " + folder.resolve("images")
                + " --size 32 --batch 4 --lr 1e-3 --epochs 1 --method reversible --out " + out;
        String[] words = defaults.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            if (!List.of(more).contains(words[i])) {
                all.addAll(List.of(words[i], words[i + 1]));
            }
        }
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private JsonNode results() throws IOException {
        return new ObjectMapper().readTree(out.resolve("results.json").toFile());
    }

    @ParameterizedTest
    @CsvSource({
        "--lr, 1e-1",
        "--batch, 8",
        "--seed, 9",
        "--train-items, 8",
        "--test-items, 2",
        "--size, 48",
        "--end, '0.25,0.75'",
        "--epochs, 0"
    })
    void anotherOptionIsRefusedByName(String option, String value) throws IOException {
        assertEquals(0, run().code());
        String before = results().toString();
        CommandRun resumed = run("--resume", option, value);
        assertEquals(2, resumed.code(), resumed::err);
        assertEquals(1, resumed.err().strip().lines().count(), resumed::err);
        assertTrue(resumed.err().contains(option), resumed::err);
        assertEquals(before, results().toString(), "nothing was overwritten");
    }

    @ParameterizedTest
    @CsvSource({"--fuse, false", "--train-blocks, 0", "--drop-at, 1"})
    void anOptionThatOneRunHasIsRefusedByName(String option, String value) throws IOException {
        assertEquals(0, run("--method", "bsr").code());
        CommandRun more = run("--method", "bsr", "--resume", option, value);
        assertEquals(2, more.code(), more::err);
        assertTrue(more.err().contains(option + " was not given and is " + value), more::err);
        out = folder.resolve("other");
        assertEquals(0, run("--method", "bsr", option, value).code());
        CommandRun fewer = run("--method", "bsr", "--resume");
        assertEquals(2, fewer.code(), fewer::err);
        assertTrue(fewer.err().contains(option + " was " + value + " and is not given"), fewer::err);
    }

    /** 16 items in batches of 4 are four steps an epoch; behind them the first schedule is at rate 0. */
    @Test
    void moreEpochsTrainAtARateAboveZero() throws IOException {
        assertEquals(0, run().code());
        INDArray after1 = new Checkpoint(out)
                .load(TrainingMethod.REVERSIBLE)
                .model()
                .params()
                .dup();
        CommandRun resumed = run("--resume", "--epochs", "3");
        assertEquals(0, resumed.code(), resumed::err);
        Trainee net = new Checkpoint(out).load(TrainingMethod.REVERSIBLE);
        assertEquals(12, net.steps());
        double moved = after1.sub(net.model().params()).amaxNumber().doubleValue();
        // Adam moves a parameter by about the rate in a step: eight steps at up to 8/11 of 1e-3, falling to 1/11
        assertTrue(moved > 1e-3, "moved by " + moved);
    }

    @Test
    void aFinishedRunKeepsItsFigures() throws IOException {
        assertEquals(0, run().code());
        String before = results().toString();
        CommandRun resumed = run("--resume");
        assertEquals(0, resumed.code(), resumed::err);
        assertEquals(before, results().toString());
        assertTrue(!resumed.out().contains("NaN"), resumed::out);
    }

    @Test
    void theMethodsBeforeKeepTheirs() throws IOException {
        assertEquals(0, run().code());
        String first = results().get(0).toString();
        CommandRun resumed = run("--resume", "--method", "reversible,plain");
        assertEquals(0, resumed.code(), resumed::err);
        assertEquals(first, results().get(0).toString());
        assertTrue(results().get(1).get("stepSeconds").isNumber());
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "half", "flipped", "text", "folder", "model"})
    void aCheckpointThatIsNoneIsNamedWithARemedy(String kind) throws IOException {
        assertEquals(0, run().code());
        byte[] good = Files.readAllBytes(out.resolve("checkpoint-reversible.zip"));
        byte[] flipped = good.clone();
        flipped[good.length / 2] ^= 0x55;
        try (Stream<Path> all = Files.list(out)) {
            for (Path file : all.filter(f -> f.getFileName().toString().startsWith("checkpoint"))
                    .toList()) {
                switch (kind) {
                    case "empty" -> Files.write(file, new byte[0]);
                    case "half" -> Files.write(file, Arrays.copyOf(good, good.length / 2));
                    case "flipped" -> Files.write(file, flipped);
                    case "text" -> Files.writeString(file, "hello");
                    case "folder" -> {
                        Files.delete(file);
                        Files.createDirectory(file);
                    }
                    default -> {
                        Path other = folder.resolve("other.zip");
                        org.deeplearning4j.util.ModelSerializer.writeModel(
                                new ToyTask()
                                        .network(org.revlayers.keep.Memory.store(), new WarmUpSchedule(1, 1, 1), 1),
                                other.toFile(),
                                true);
                        Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        }
        CommandRun resumed = run("--resume", "--epochs", "2");
        assertTrue(resumed.code() != 0, resumed::out);
        assertEquals(1, resumed.err().strip().lines().count(), resumed::err);
        assertTrue(resumed.err().contains("checkpoint-reversible.zip"), resumed::err);
        assertTrue(resumed.err().contains("delete") || resumed.err().contains("without --resume"), resumed::err);
    }

    @Test
    void theOneBeforeIsTakenWhereTheNewestIsBroken() throws IOException {
        assertEquals(0, run("--epochs", "2").code());
        Path newest = out.resolve("checkpoint-reversible.zip");
        INDArray expected = new Checkpoint(out)
                .load(TrainingMethod.REVERSIBLE)
                .model()
                .params()
                .dup();
        Files.write(newest, Arrays.copyOf(Files.readAllBytes(newest), 1000));
        CommandRun resumed = run("--resume", "--epochs", "2");
        assertEquals(0, resumed.code(), resumed::err);
        INDArray again =
                new Checkpoint(out).load(TrainingMethod.REVERSIBLE).model().params();
        assertTrue(expected.equalsWithEps(again, 0), "the same bits");
    }
}
