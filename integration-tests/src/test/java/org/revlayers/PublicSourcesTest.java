package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the sources of the types in {@link PublicTypesTest} say: since when they are there, and what may be null. */
class PublicSourcesTest {

    private static final List<String> MODULES = List.of("samediff-ops", "dl4j-revlayers");

    /** A Javadoc comment and the declaration behind it, annotations and all. */
    private static final Pattern DECLARATION = Pattern.compile("/\\*\\*(.*?)\\*/([^{;]*)[{;]", Pattern.DOTALL);

    private static final Pattern PARAMETER = Pattern.compile("@param\\s+(\\w+)([^@]*)");

    /** A source file of a user room. */
    private record Source(Path file, String text) {

        String name() {
            return file.getFileName().toString().replace(".java", "");
        }

        boolean isPublic() {
            return type().find();
        }

        /** The public type's own declaration, at the beginning of a line. */
        private Matcher type() {
            return Pattern.compile(
                            "^public [\\w ]*\\b(class|interface|record|enum) " + name() + "\\b", Pattern.MULTILINE)
                    .matcher(text);
        }

        /** The Javadoc comment of the public type. */
        String comment() {
            Matcher type = type();
            assertTrue(type.find(), name());
            int begin = text.lastIndexOf("\n/**", type.start());
            return begin < 0 ? "" : text.substring(begin, text.indexOf("*/", begin));
        }
    }

    private static List<Source> sources() throws IOException {
        List<Source> sources = new ArrayList<>();
        for (String module : MODULES) {
            Path root = Path.of("..", module, "src", "main", "java", "org", "revlayers");
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java"))
                        .filter(f -> !f.startsWith(root.resolve("internal")))
                        .sorted()
                        .toList()) {
                    sources.add(new Source(file, Files.readString(file)));
                }
            }
        }
        assertTrue(sources.size() > 100, "found " + sources.size() + " sources");
        return sources;
    }

    @Test
    void everyPublicTypeSaysSinceWhen() throws IOException {
        TreeSet<String> silent = new TreeSet<>();
        for (Source source : sources()) {
            if (source.isPublic()
                    && !Pattern.compile("@since \\d+\\.\\d+\\.\\d+")
                            .matcher(source.comment())
                            .find()) {
                silent.add(source.name());
            }
        }
        assertEquals(new TreeSet<>(), silent, "types without \"@since\" and the version that has them first");
    }

    @Test
    void everyRoomOfUsersIsMarked() throws IOException {
        TreeSet<String> rooms = new TreeSet<>();
        TreeSet<String> marked = new TreeSet<>();
        for (Source source : sources()) {
            String room = source.file().getParent().toString();
            rooms.add(room);
            if (source.name().equals("package-info") && source.text().contains("@NullMarked\npackage ")) {
                marked.add(room);
            }
        }
        assertEquals(rooms, marked, "packages whose package-info.java has @NullMarked");
    }

    /** Of public types: a parameter or component that may be null by its description is Nullable by its type. */
    @Test
    void whatMayBeNullByWordsIsSoByType() throws IOException {
        TreeSet<String> unsaid = new TreeSet<>();
        int found = 0;
        for (Source source : sources()) {
            Matcher declaration = DECLARATION.matcher(source.text());
            while (source.isPublic() && declaration.find()) {
                Matcher parameter = PARAMETER.matcher(declaration.group(1));
                while (parameter.find()) {
                    if (parameter.group(2).matches("(?s).*\\bnull\\b.*")) {
                        found++;
                        String name = parameter.group(1);
                        if (!declaration.group(2).matches("(?s).*@Nullable\\s[^,]*\\b" + name + "\\b.*")) {
                            unsaid.add(source.name() + ": " + name);
                        }
                    }
                }
            }
        }
        assertTrue(found > 5, "found " + found + " parameters that may be null");
        assertEquals(new TreeSet<>(), unsaid, "parameters that may be null and are not @Nullable");
    }
}
