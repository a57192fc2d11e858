package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.util.List;
import java.util.Optional;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;

/** Runs cells of notebooks and blocks of documents in JShell, one after another, in this JVM and on its class path. */
final class JavaCells implements AutoCloseable {

    private final JShell shell = JShell.builder().executionEngine("local").build();

    JavaCells() {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : classPath.split(File.pathSeparator)) {
            shell.addToClasspath(entry);
        }
    }

    /** Runs it to its end, or to the first exception, which is given. What does not compile fails the test. */
    Optional<EvalException> run(String cell) {
        String rest = cell;
        while (!rest.isBlank()) {
            SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            String source = next.source() == null ? rest : next.source();
            for (SnippetEvent event : shell.eval(source)) {
                if (event.causeSnippet() == null) {
                    assertEquals(Snippet.Status.VALID, event.status(), () -> source + "\n" + problems(event.snippet()));
                    if (event.exception() instanceof EvalException thrown) {
                        return Optional.of(thrown);
                    }
                    assertEquals(null, event.exception(), source);
                }
            }
            rest = next.remaining() == null ? "" : next.remaining();
        }
        return Optional.empty();
    }

    private List<String> problems(Snippet snippet) {
        return shell.diagnostics(snippet)
                .map(problem -> problem.getMessage(null))
                .toList();
    }

    @Override
    public void close() {
        shell.close();
    }
}
