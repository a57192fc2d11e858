package org.revlayers.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.revlayers.examples.shared.UsageException;

class MethodTableTest {

    private static String line(String model, String method, String memory, double seconds, double kept) {
        return "{\"model\":\"" + model + "\",\"method\":\"" + method + "\",\"memory\":" + memory + ",\"stepSeconds\":"
                + seconds + ",\"keptMiB\":" + kept + "}";
    }

    @Test
    void figuresStandBesideWords() {
        String table = MethodTable.of(List.of(
                line("vit", "plain", "null", 4, 786),
                line("vit", "memory", "\"store=disk\"", 6, 4.6),
                line("resnet", "plain", "null", 2, 600),
                line("resnet", "razor", "null", 2.2, 100)));
        List<String> rows = table.lines().toList();
        assertTrue(rows.get(0).contains("| vit: kept, MiB | s / step, × plain's | resnet: kept, MiB |"), table);
        assertTrue(rows.get(2).startsWith("| `store()` | exact |"), table);
        assertTrue(rows.get(2).contains(" | 786 | 1.00 | 600 | 1.00 | "), table);
        assertTrue(table.contains(" | 4.6 | 1.50 | – | – | where nothing may be approximate"), table);
        assertTrue(table.contains(" | – | – | 100 | 1.10 | where time matters"), table);
        long bars = rows.get(0).chars().filter(c -> c == '|').count();
        rows.forEach(row -> assertEquals(bars, row.chars().filter(c -> c == '|').count(), row));
    }

    @Test
    void whatIsNoResultIsRefused() {
        for (List<String> wrong : List.of(
                List.<String>of(),
                List.of("text"),
                List.of("{\"model\":\"vit\"}"),
                List.of(line("vit", "razor", "null", 1, 1)))) {
            assertThrows(UsageException.class, () -> MethodTable.of(wrong), wrong::toString);
        }
    }

    /** README and the page on methods have the table of the results. */
    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/pages/methods/index.md"})
    void documentsHaveTheTable(String page) throws IOException {
        Path root = Path.of("..");
        String table = MethodTable.of(Files.readAllLines(root.resolve("benchmarks/results/methods.jsonl")));
        assertTrue(
                Files.readString(root.resolve(page)).contains(table),
                () -> page + " lacks what method-table prints:\n" + table);
    }
}
