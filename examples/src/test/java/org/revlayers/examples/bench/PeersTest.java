package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import picocli.CommandLine;

/** Methods of PyTorch beside ours, with a program in Python's place that writes what the real one writes. */
class PeersTest {

    private static final String SAYS =
            """
            #!/bin/sh
            echo "$@" > "$(dirname "$0")/arguments"
            echo "bench-progress\twarm-up 1/2, 0.50 s"
            printf 'bench-result\tsteps=0.5,0.7\tkept=2097152\tpeak=3145728\trest=1\tprocess=4194304\tbackend=PyTorch 9\tblas=MKL\tthreads=2\n'
            """;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String methods, String... more) {
        CommandLine line = new CommandLine(new BenchCommand());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        List<String> all = new java.util.ArrayList<>(List.of("--model", "vit-ti16", "--depth", "1", "--batch", "1"));
        all.addAll(List.of("--size", "32", "--steps", "1", "--peers", folder.toString(), "--methods", methods));
        all.addAll(List.of(more));
        return line.execute(all.toArray(String[]::new));
    }

    private Path python(String says) throws IOException {
        Path python = Files.createDirectories(folder.resolve("venv/bin")).resolve("python");
        Files.writeString(python, says);
        assertTrue(python.toFile().setExecutable(true));
        return python;
    }

    @Test
    void theyStandInTheSameTableAndLines() throws IOException {
        Path python = python(SAYS);
        assertEquals(0, run("plain,torch-sdpa", "--json"), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertEquals(2, lines.size(), out::toString);
        JsonNode peer = new ObjectMapper().readTree(lines.get(1));
        assertEquals("torch-sdpa", peer.get("method").asText());
        assertEquals(0.6, peer.get("stepSeconds").asDouble(), 1e-9);
        assertEquals(2, peer.get("keptMiB").asDouble(), 1e-9);
        assertEquals("PyTorch 9", peer.get("backend").asText());
        String arguments = Files.readString(python.resolveSibling("arguments"));
        assertTrue(
                arguments.startsWith(folder.resolve("peer.py").toString())
                        && arguments.contains("--method torch-sdpa")
                        && arguments.contains("--size 32")
                        && arguments.contains("--account"),
                arguments);
    }

    @Test
    void oneThatFailsIsNamed() throws IOException {
        python("#!/bin/sh\necho no module >&2\nexit 3\n");
        assertTrue(run("torch") != 0);
        assertTrue(err.toString().contains("torch, depth 1") && err.toString().contains("no module"), err::toString);
    }

    @Test
    void withoutPyTorchTheRemedyIsSaidBeforeAnythingRuns() {
        assertTrue(run("plain,torch") != 0);
        assertTrue(err.toString().contains(folder.resolve("setup") + " python once"), err::toString);
        assertEquals("", out.toString());
        assertTrue(run("java-torch") != 0);
        assertTrue(err.toString().contains(folder.resolve("setup") + " java once"), err::toString);
    }

    @Test
    void whatAPeerDoesNotMeasureIsNull() throws IOException {
        python(SAYS.replace("2097152", "-1").replace("3145728", "-1"));
        assertEquals(0, run("torch", "--json"), err::toString);
        JsonNode peer = new ObjectMapper().readTree(out.toString());
        assertTrue(peer.get("keptMiB").isNull() && peer.get("peakMiB").isNull(), out::toString);
    }

    @Test
    void modelsHaveTheirOwn() throws IOException {
        python(SAYS);
        assertTrue(run("torch-channels-last") != 0);
        assertTrue(err.toString().contains("torch-channels-last is not for this model"), err::toString);
    }
}
