package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.models.VisionTransformer;

/** {@code convert} leaves a whole file or the old one, and keeps what else is in it. */
class ConvertWritesWholeFilesTest {

    private static final int LIMIT_KIB = 6000;

    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theNormalizerAndOtherEntriesStay() throws IOException {
        Path in = folder.resolve("in.zip");
        ModelSerializer.writeModel(SmallModels.vit(), in.toFile(), true);
        ModelSerializer.addNormalizerToModel(in.toFile(), new ImagePreProcessingScaler(-1, 1));
        try (FileSystem zip = FileSystems.newFileSystem(in)) {
            Files.writeString(zip.getPath("classes.txt"), "a, b");
        }
        byte[] before = entry(in, ModelSerializer.NORMALIZER_BIN);
        for (String method : new String[] {"reversible", "razor", "checkpoint"}) {
            Path out = folder.resolve(method + ".zip");
            CommandRun run =
                    CommandRun.of("convert", "--in", in.toString(), "--out", out.toString(), "--method", method);
            assertEquals(0, run.code(), run::err);
            assertArrayEquals(before, entry(out, ModelSerializer.NORMALIZER_BIN), method);
            assertEquals("a, b", new String(entry(out, "classes.txt"), StandardCharsets.UTF_8), method);
            Path back = folder.resolve("back.zip");
            assertEquals(
                    0,
                    CommandRun.of("convert", "--in", out.toString(), "--out", back.toString(), "--method", "plain")
                            .code());
            assertArrayEquals(before, entry(back, ModelSerializer.NORMALIZER_BIN), method + " and back");
        }
    }

    private static byte[] entry(Path zip, String name) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            ZipEntry entry = file.getEntry(name);
            assertTrue(entry != null, zip + " has no " + name);
            return file.getInputStream(entry).readAllBytes();
        }
    }

    @Test
    void aFileIsConvertedInPlace() throws IOException {
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(SmallModels.vit(), file.toFile(), true);
        CommandRun run = CommandRun.of("convert", "--in", file.toString(), "--out", file.toString());
        assertEquals(0, run.code(), run::err);
        assertTrue(new ModelFile(file).configuration().contains("ReversibleChain"));
        assertEquals(List.of("model.zip"), names(), "nothing is left beside it");
    }

    /** A limit on the size of files fails writes as a full disk does. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskLeavesTheInput() throws IOException, InterruptedException {
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(
                VisionTransformer.builder()
                        .features(192)
                        .heads(3)
                        .depth(6)
                        .height(32)
                        .width(32)
                        .classes(4)
                        .updater(new Sgd(1e-3))
                        .build()
                        .init(),
                file.toFile(),
                true);
        byte[] before = Files.readAllBytes(file);
        assertTrue(before.length > 1024 * LIMIT_KIB);
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -f $((" + LIMIT_KIB
                                + " * $(test -n \"$BASH_VERSION\" && echo 1 || echo 2))); exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "convert",
                        "--in",
                        file.toString(),
                        "--out",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(1, process.exitValue(), said);
        assertArrayEquals(before, Files.readAllBytes(file), said);
        assertEquals(List.of("model.zip"), names(), "nothing is left beside it");
        String last = said.strip().lines().reduce((a, b) -> b).orElse("");
        assertTrue(last.contains(file.toString()), said);
    }

    @Test
    void convertingTwiceSaysSo() throws IOException {
        Path file = folder.resolve("model.zip");
        for (String method : new String[] {"reversible", "checkpoint", "razor"}) {
            ModelSerializer.writeModel(SmallModels.vit(), file.toFile(), true);
            String[] words = {"convert", "--in", file.toString(), "--out", file.toString(), "--method", method};
            assertEquals(0, CommandRun.of(words).code());
            CommandRun twice = CommandRun.of(words);
            assertTrue(twice.code() != 0, twice::out);
            assertEquals(1, twice.err().strip().lines().count(), twice::err);
            assertTrue(twice.err().contains("already converted"), twice::err);
            assertTrue(twice.err().contains("--method plain"), twice::err);
            assertTrue(!twice.err().contains("Left["), twice::err);
        }
    }
}
