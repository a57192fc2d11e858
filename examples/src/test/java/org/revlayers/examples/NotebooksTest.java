package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The notebooks' cells run in JShell, in this JVM, where there is no Python; {@code notebooks/run.sh} runs them on BeakerX's kernel. */
class NotebooksTest {

    static Stream<Path> notebooks() throws IOException {
        return notebooks(false);
    }

    static Stream<Path> notebooksThatDownload() throws IOException {
        return notebooks(true);
    }

    private static Stream<Path> notebooks(boolean downloads) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("notebooks"))) {
            for (Path file : files.filter(name -> name.toString().endsWith(".ipynb"))
                    .sorted()
                    .toList()) {
                JsonNode metadata = new ObjectMapper().readTree(file.toFile()).get("metadata");
                if (metadata.get("revlayers").get("downloads").asBoolean() == downloads) {
                    found.add(file);
                }
            }
        }
        return found.stream();
    }

    @ParameterizedTest
    @MethodSource("notebooksThatDownload")
    @Tag("slow")
    void cellsWithDownloadsRun(Path notebook) throws IOException {
        cellsRun(notebook);
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void cellsRun(Path notebook) throws IOException {
        List<String> cells = cells(notebook);
        assertFalse(cells.isEmpty());
        try (JavaCells shell = new JavaCells()) {
            for (String cell : cells) {
                assertEquals(Optional.empty(), shell.run(cell), cell);
            }
        }
    }

    /** Of code, but for the kernel's own commands and plots. */
    private static List<String> cells(Path notebook) throws IOException {
        List<String> cells = new ArrayList<>();
        for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).get("cells")) {
            StringBuilder source = new StringBuilder();
            cell.get("source").forEach(line -> source.append(line.asText()));
            if (cell.get("cell_type").asText().equals("code")
                    && source.indexOf("%") != 0
                    && !cell.get("metadata").path("tags").toString().contains("beakerx")) {
                cells.add(source.toString());
            }
        }
        return cells;
    }
}
