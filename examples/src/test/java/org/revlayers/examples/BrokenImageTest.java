package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broken image is named before a step is trained; an option leaves it out. */
class BrokenImageTest {

    @TempDir
    private Path folder;

    private Path broken(String kind) throws IOException {
        Path images = ColourImages.paint(folder.resolve("images"), 8);
        Path file = images.resolve("red").resolve(kind + ".png");
        byte[] good = Files.readAllBytes(images.resolve("red").resolve("2.png"));
        if (kind.equals("huge")) {
            good[16] = 0x7f; // of the width, in the header
        }
        Files.write(
                file,
                switch (kind) {
                    case "half" -> Arrays.copyOf(good, good.length / 2);
                    case "huge" -> good;
                    case "empty" -> new byte[0];
                    default -> "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8);
                });
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"half", "huge", "empty", "text"})
    void isNamedOrSkipped(String kind) throws IOException {
        Path file = broken(kind);
        CommandRun refused = CommandRun.finetuneVit(folder, "plain");
        assertTrue(refused.code() != 0, refused::out);
        assertEquals(1, refused.err().strip().lines().count(), refused::err);
        assertTrue(refused.err().contains(file.toString()) && refused.err().contains("--skip-broken"), refused::err);
        assertTrue(Files.notExists(folder.resolve("out").resolve("checkpoint-plain.zip")), "nothing was trained");
        CommandRun skipped = CommandRun.finetuneVit(folder, "plain", "--skip-broken");
        assertEquals(0, skipped.code(), skipped::err);
        assertTrue(skipped.err().contains(file.toString()), skipped::err);
    }
}
