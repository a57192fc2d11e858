package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import jdk.jshell.EvalException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;

/**
 * What README.md and the pages of docs show is run: blocks of Java one after another, page by page, in JShell, behind what is common to all
 * ({@code docs/preamble.java}); commands of the program are read by its parser, other commands name files that are there, and XML is well formed.
 *
 * <p>In a page {@code <!-- java ... -->} is Java that readers do not see. A block of Java with a block of text behind it that begins with the name of an
 * exception has to throw that; {@code ...} there stands for anything. A block marked {@code java no-run} is compiled alone.
 */
class DocsTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^(?:```([^\\n]*)\\n(.*?)^```$|<!-- java\\n(.*?)^-->$)");
    private static final Pattern EXCEPTION = Pattern.compile("(?s)((?:[a-z]\\w*\\.)+\\w+): (.*)");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final String PROGRAM = "java -jar examples/target/revlayers.jar";

    private record Block(String language, String text) {}

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs/pages"))) {
            List<Path> pages = files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), pages.stream());
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void blocksHold(Path page) throws Exception {
        List<Block> blocks = blocks(page);
        try (JavaCells shell = new JavaCells()) {
            if (blocks.stream().anyMatch(block -> block.language.startsWith("java"))) {
                assertEquals(Optional.empty(), shell.run(Files.readString(ROOT.resolve("docs/preamble.java"))));
            }
            for (int i = 0; i < blocks.size(); i++) {
                Block block = blocks.get(i);
                switch (block.language) {
                    case "java" -> java(shell, block.text, expected(blocks, i + 1));
                    case "java no-run" -> java(shell, "void block() throws Exception {\n" + block.text + "}\n", null);
                    case "sh" -> block.text.lines().forEach(DocsTest::command);
                    case "xml" -> DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(new InputSource(new StringReader("<all>" + block.text + "</all>")));
                    case "text" -> {}
                    default -> fail("a block of '" + block.language + "', of which nothing is checked");
                }
            }
        }
    }

    @Test
    void theReadmeIsOneScreen() throws IOException {
        long lines = Files.readString(ROOT.resolve("README.md")).lines().count();
        assertTrue(lines <= 120, lines + " lines of README.md: what is more belongs to docs/pages");
    }

    private static List<Block> blocks(Path page) throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(page));
        while (matcher.find()) {
            String hidden = matcher.group(3);
            blocks.add(hidden == null ? new Block(matcher.group(1), matcher.group(2)) : new Block("java", hidden));
        }
        return blocks;
    }

    private static Matcher expected(List<Block> blocks, int next) {
        if (next < blocks.size() && blocks.get(next).language.equals("text")) {
            Matcher exception = EXCEPTION.matcher(blocks.get(next).text);
            return exception.matches() ? exception : null;
        }
        return null;
    }

    private static void java(JavaCells shell, String source, Matcher expected) {
        Optional<EvalException> thrown = shell.run(source);
        if (expected == null) {
            thrown.ifPresent(exception -> fail(source, exception));
            return;
        }
        assertFalse(thrown.isEmpty(), () -> "does not throw " + expected.group(1) + ":\n" + source);
        assertEquals(expected.group(1), thrown.get().getExceptionClassName(), source);
        String said = Stream.of(expected.group(2).split("\\.\\.\\.", -1))
                .map(part -> Pattern.quote(oneLine(part)))
                .collect(Collectors.joining(".*"));
        String message = oneLine(thrown.get().getMessage());
        assertTrue(message.matches(said), () -> "says\n" + message + "\nand not\n" + expected.group(2));
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    /** A line of a block of commands: the program's options are those that it has, and a script is there. */
    private static void command(String line) {
        for (String command : line.replaceFirst("#.*", "").split("&&")) {
            String stripped = command.replaceFirst(">.*", "").strip();
            if (stripped.startsWith(PROGRAM)) {
                String[] words = WORD.matcher(stripped.substring(PROGRAM.length()))
                        .results()
                        .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                        .toArray(String[]::new);
                Main.commandLine().parseArgs(words);
            } else if (!stripped.isEmpty() && !stripped.startsWith("mvn ") && !stripped.startsWith("java -jar ")) {
                assertTrue(Files.exists(ROOT.resolve(stripped.split(" ")[0])), line);
            }
        }
    }
}
