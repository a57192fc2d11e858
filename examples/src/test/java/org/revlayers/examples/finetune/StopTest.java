package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.ColourImages;
import org.revlayers.examples.CommandRun;
import org.revlayers.examples.Main;
import org.revlayers.examples.TinyVit;
import org.revlayers.examples.shared.TrainingMethod;

/** A polite signal (SIGTERM, which Ctrl-C's hook serves too) ends a run and the process that trains for it, and says how to go on. */
class StopTest {

    @TempDir
    private Path folder;

    private Path out;
    private Path err;

    @BeforeEach
    void files() throws IOException {
        ColourImages.paint(folder.resolve("images"), 800);
        new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        out = folder.resolve("out");
        err = folder.resolve("err.txt");
    }

    private Process start(String options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments(options)));
        return new ProcessBuilder(command)
                .redirectError(err.toFile())
                .redirectOutput(folder.resolve("out.txt").toFile())
                .start();
    }

    private String[] arguments(String options) {
        return ("finetune --model vit --weights " + folder.resolve("vit.safetensors") + " --data "
                        + folder.resolve("images") + " --size 112 --batch 2 --epochs 1 --out " + out + " " + options)
                .split(" ");
    }

    /** Ends once there is a checkpoint of this method, or the process is gone. */
    private void awaitCheckpoint(Process process, String method) throws InterruptedException {
        while (process.isAlive() && Files.notExists(out.resolve("checkpoint-" + method + ".zip"))) {
            Thread.sleep(5);
        }
    }

    @Test
    void inTheEvaluation() throws IOException, InterruptedException {
        Process process = start("--train-items 4 --test-items 320 --method plain");
        awaitCheckpoint(process, "plain");
        process.destroy();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        String said = Files.readString(err);
        assertEquals(143, process.exitValue(), said);
        assertTrue(said.contains("--resume"), said);
        assertTrue(!said.contains(" 320/320"), "it went on to the end: " + said);
    }

    /** The process that trains the second method writes its checkpoint, with which the run goes on. */
    @Test
    void inTheTrainingOfAnotherMethod() throws IOException, InterruptedException {
        String options = "--train-items 40 --test-items 2 --checkpoint-every 0 --method approx,plain";
        Process process = start(options);
        awaitCheckpoint(process, "plain");
        process.destroy();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        String said = Files.readString(err);
        assertEquals(143, process.exitValue(), said);
        assertTrue(said.contains("stopped after step"), said);
        int done = new Checkpoint(out).load(TrainingMethod.PLAIN).steps();
        assertTrue(done > 0 && done < 20, "steps: " + done);
        CommandRun resumed = CommandRun.of(arguments(options + " --resume"));
        assertEquals(0, resumed.code(), resumed::err);
        assertEquals(20, new Checkpoint(out).load(TrainingMethod.PLAIN).steps());
    }

    /** One that is killed takes the process that trains for it along, and the next one in the folder waits for that. */
    @Test
    void aKilledRunLeavesNoProcess() throws IOException, InterruptedException {
        String options = "--train-items 600 --test-items 2 --checkpoint-every 0 --method plain";
        Process process = start(options);
        awaitCheckpoint(process, "plain");
        ProcessHandle worker = process.children().findFirst().orElseThrow();
        process.toHandle().destroyForcibly();
        process.waitFor();
        OutFolder.take(out).close();
        worker.onExit().join();
        int done = new Checkpoint(out).load(TrainingMethod.PLAIN).steps();
        assertTrue(done > 0 && done < 300, "steps: " + done);
    }
}
