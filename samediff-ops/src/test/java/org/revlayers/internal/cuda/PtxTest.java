package org.revlayers.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PTX resource is that of the sources, has every kernel that Java launches, and is good for the cards that it is for. */
class PtxTest {

    @TempDir
    Path folder;

    @Test
    void theResourceIsMadeFromTheSources() throws IOException {
        assertEquals(
                PtxBuild.digest(),
                PtxBuild.builtFrom(),
                "the sources of the device kernels have changed: run `mvn -Pptx -pl samediff-ops process-test-classes` with CUDA's"
                        + " nvcc on the path, and commit kernels.ptx");
    }

    @Test
    void everyKernelThatJavaLaunchesIsThere() throws IOException {
        String ptx = Files.readString(PtxBuild.RESOURCE);
        Set<String> missing = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher launch =
                        Pattern.compile("Launch\\.of\\(\"(\\w+)\"(\\)?)").matcher(Files.readString(file));
                while (launch.find()) {
                    String end = launch.group(2).isEmpty() ? "" : "("; // else a size follows
                    if (!ptx.contains(".entry rl_" + launch.group(1) + end)) {
                        missing.add(launch.group(1));
                    }
                }
            }
        }
        assertTrue(missing.isEmpty(), "kernels that are not in the PTX: " + missing);
    }

    @Test
    void theAssemblerTakesItForEveryCard() throws IOException, InterruptedException {
        String ptxas = PtxBuild.ptxas();
        assumeTrue(ptxas != null, "CUDA's ptxas is not installed");
        int taken = 0;
        for (int card : PtxBuild.CARDS) {
            try {
                PtxBuild.run(List.of(
                        ptxas,
                        "-arch=sm_" + card,
                        PtxBuild.RESOURCE.toString(),
                        "-o",
                        folder.resolve("k").toString()));
                taken++;
            } catch (IOException e) {
                assertTrue(
                        e.getMessage().contains("is not defined for option"), e.getMessage()); // a card of another age
            }
        }
        assertTrue(taken > 0, "this ptxas knows none of " + PtxBuild.CARDS);
    }
}
