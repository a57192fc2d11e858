package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.config.ND4JSystemProperties;

/** Graphs with our ops are saved, loaded, run and trained: in this JVM, in one that only has the jar, and in one that has not. */
class SavedGraphTest {

    /** Off here, for the JVM without our jar computes other values with it. */
    private static final String CACHE = ND4JSystemProperties.SAMEDIFF_MEMORY_CACHE_DISABLE;

    @BeforeAll
    static void cacheOff() {
        System.setProperty(CACHE, "false");
    }

    @AfterAll
    static void cacheOn() {
        System.clearProperty(CACHE);
    }

    @TempDir
    Path folder;

    private File saved() {
        File file = folder.resolve("graph.fb").toFile();
        AllOpsGraph.make().save(file, true);
        return file;
    }

    @Test
    void loadedGraphComputesTheSame() {
        Map<String, float[]> expected = AllOpsGraph.results(AllOpsGraph.make());
        Map<String, float[]> actual = AllOpsGraph.results(SameDiff.load(saved(), true));
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }

    @Test
    void trainingGoesOnAfterASaveAsIfNothingHadHappened() {
        SameDiff straight = AllOpsGraph.make();
        AllOpsGraph.results(straight);
        File file = folder.resolve("midway.fb").toFile();
        straight.save(file, true);
        SameDiff resumed = SameDiff.load(file, true);
        // the dropout of step 2 and the updater state of steps 0 and 1 are in the file
        Map<String, float[]> expected = AllOpsGraph.results(straight);
        Map<String, float[]> actual = AllOpsGraph.results(resumed);
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
    }

    @Test
    void freshJvmWithTheJarLoadsAndRuns() throws Exception {
        String output = java(AllOpsGraph.class, classPath(true), saved());
        AllOpsGraph.results(AllOpsGraph.make())
                .forEach((name, values) -> assertTrue(
                        output.contains("RESULT " + name + " " + Arrays.toString(values)), name + " in " + output));
    }

    /** README quotes this message. */
    @Test
    void freshJvmWithoutTheJarFailsWithNd4jsOwnError() throws Exception {
        File file = folder.resolve("one.fb").toFile();
        AllOpsGraph.make().save(file, true);
        String output = java(LoadOnly.class, classPath(false), file);
        assertTrue(output.contains("No op known for hash: 0 and name ms_layer_norm"), output);
    }

    private static String java(Class<?> main, String classPath, File argument)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-D" + CACHE + "=false",
                        "-cp",
                        classPath,
                        main.getName(),
                        argument.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(output.contains("RESULT"), process.waitFor() == 0, output);
        return output;
    }

    /** The class path of this JVM; without ours, only the test's own main class is left, in a folder of its own. */
    private String classPath(boolean withOurs) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (withOurs
                    || !new File(entry).isDirectory()
                            && !new File(entry).getName().startsWith("samediff-ops")) {
                entries.add(entry);
            }
        }
        if (!withOurs) {
            String name = LoadOnly.class.getName().replace('.', '/') + ".class";
            Path copy = folder.resolve("classes").resolve(name);
            Files.createDirectories(copy.getParent());
            try (var in = LoadOnly.class.getClassLoader().getResourceAsStream(name)) {
                Files.copy(in, copy);
            }
            entries.add(folder.resolve("classes").toString());
        }
        return String.join(File.pathSeparator, entries);
    }
}
