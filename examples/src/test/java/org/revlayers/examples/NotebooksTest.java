package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
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
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
            for (String entry : classPath.split(File.pathSeparator)) {
                shell.addToClasspath(entry);
            }
            List<String> cells = cells(notebook);
            assertFalse(cells.isEmpty());
            cells.forEach(cell -> run(shell, cell));
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

    private static void run(JShell shell, String cell) {
        String rest = cell;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            String source = next.source() == null ? rest : next.source();
            for (SnippetEvent event : shell.eval(source)) {
                if (event.causeSnippet() == null) {
                    String where = source + "\n" + problems(shell, event.snippet());
                    assertEquals(Snippet.Status.VALID, event.status(), where);
                    assertNull(event.exception(), () -> where + event.exception());
                }
            }
            rest = next.remaining() == null ? "" : next.remaining();
        }
    }

    private static List<String> problems(JShell shell, Snippet snippet) {
        return shell.diagnostics(snippet)
                .map(problem -> problem.getMessage(null))
                .toList();
    }
}
