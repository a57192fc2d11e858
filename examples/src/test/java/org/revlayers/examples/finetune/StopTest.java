package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.ColourImages;
import org.revlayers.examples.Main;
import org.revlayers.examples.TinyVit;

/** A polite signal (SIGTERM, which Ctrl-C's hook serves too) in the evaluation ends it at once and says how to go on. */
class StopTest {

    @Test
    void inTheEvaluation(@TempDir Path folder) throws IOException, InterruptedException {
        ColourImages.paint(folder.resolve("images"), 800);
        Path weights = new TinyVit().writeTimm(folder.resolve("vit.safetensors"));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err.txt");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "finetune",
                        "--model",
                        "vit",
                        "--weights",
                        weights.toString(),
                        "--data",
                        folder.resolve("images").toString(),
                        "--size",
                        "112",
                        "--batch",
                        "2",
                        "--train-items",
                        "4",
                        "--test-items",
                        "320",
                        "--epochs",
                        "1",
                        "--method",
                        "plain",
                        "--out",
                        out.toString()))
                .redirectError(err.toFile())
                .redirectOutput(folder.resolve("out.txt").toFile())
                .start();
        while (process.isAlive() && Files.notExists(out.resolve("checkpoint-plain.zip"))) {
            Thread.sleep(5);
        }
        process.destroy();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        String said = Files.readString(err);
        assertEquals(143, process.exitValue(), said);
        assertTrue(said.contains("--resume"), said);
        assertTrue(!said.contains(" 320/320"), "it went on to the end: " + said);
    }
}
