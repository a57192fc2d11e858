package org.revlayers.examples.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;

/** What each method is, from a table of words, and what it takes, from lines of {@code bench --json}: a row each, in Markdown. */
final class MethodTable {

    private static final String WORDS = "methods.txt";
    private static final String NOT_MEASURED = "–";
    private static final String SEPARATOR = " | ";
    private static final int COLUMNS = 5;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A row of words.
     *
     * @param label of {@code bench --methods}, or the words of {@code --memory}
     * @param call  as in programs
     */
    private record Words(String label, String call, String gradient, String kept, String when) {}

    /** Results by model and label. */
    private final Map<String, Map<String, JsonNode>> results = new LinkedHashMap<>();

    private MethodTable() {}

    /**
     * The table.
     *
     * @param lines of {@code bench --json}; of a model and a method the last one counts
     */
    static String of(List<String> lines) {
        MethodTable table = new MethodTable();
        for (String line : lines) {
            if (!line.isBlank()) {
                table.read(line);
            }
        }
        UsageException.unless(!table.results.isEmpty(), "there is no line of bench --json in these files");
        return table.text(words());
    }

    private void read(String line) {
        try {
            JsonNode result = JSON.readTree(line);
            for (String field : List.of("model", "method", "stepSeconds", "keptMiB")) {
                UsageException.unless(
                        result.hasNonNull(field), "no " + field + " in this line of bench --json: " + line);
            }
            boolean inWords = result.hasNonNull("memory");
            String label = result.get(inWords ? "memory" : "method").asText();
            results.computeIfAbsent(result.get("model").asText(), m -> new LinkedHashMap<>())
                    .put(label, result);
        } catch (IOException e) {
            throw new UsageException("this is no line of bench --json: " + line);
        }
    }

    private static List<Words> words() {
        try (InputStream in = MethodTable.class.getResourceAsStream(WORDS)) {
            List<Words> rows = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                if (!line.startsWith("#")) {
                    String[] cells = line.split(Pattern.quote(SEPARATOR));
                    if (cells.length != COLUMNS) {
                        throw new IllegalStateException(WORDS + " has " + COLUMNS + " columns, not as here: " + line);
                    }
                    rows.add(new Words(cells[0], cells[1], cells[2], cells[3], cells[4]));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new IllegalStateException(WORDS, e);
        }
    }

    private String text(List<Words> words) {
        StringBuilder text = new StringBuilder("| | gradient | kept for backward |");
        results.keySet().forEach(model -> text.append(' ').append(model).append(": kept, MiB | s / step, × plain's |"));
        text.append(" when |\n|---|---|---|")
                .append("---|---|".repeat(results.size()))
                .append("---|\n");
        for (Words row : words) {
            text.append("| ")
                    .append(row.call)
                    .append(SEPARATOR)
                    .append(row.gradient)
                    .append(SEPARATOR);
            text.append(row.kept).append(" |");
            results.forEach((model, of) -> text.append(measured(of, row.label, model)));
            text.append(' ').append(row.when).append(" |\n");
        }
        return text.toString();
    }

    private static String measured(Map<String, JsonNode> of, String label, String model) {
        JsonNode result = of.get(label);
        if (result == null) {
            return " " + NOT_MEASURED + SEPARATOR + NOT_MEASURED + " |";
        }
        JsonNode plain = of.get(TrainingMethod.PLAIN.label());
        UsageException.unless(plain != null, "there is no plain among the results of " + model + " to compare with");
        double kept = result.get("keptMiB").asDouble();
        double ratio =
                result.get("stepSeconds").asDouble() / plain.get("stepSeconds").asDouble();
        return String.format(Locale.ROOT, kept < 10 ? " %.1f | %.2f |" : " %.0f | %.2f |", kept, ratio);
    }
}
