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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The notebooks' cells run in JShell, in this JVM, where there is no Python; {@code notebooks/run.sh} runs them on BeakerX's kernel. */
class NotebooksTest {

    static Stream<Path> notebooks() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("notebooks"))) {
            return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList().stream();
        }
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

    /** Of code, but for the kernel's own commands. */
    private static List<String> cells(Path notebook) throws IOException {
        List<String> cells = new ArrayList<>();
        for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).get("cells")) {
            StringBuilder source = new StringBuilder();
            cell.get("source").forEach(line -> source.append(line.asText()));
            if (cell.get("cell_type").asText().equals("code") && source.indexOf("%") != 0) {
                cells.add(source.toString());
            }
        }
        return cells;
    }
}
