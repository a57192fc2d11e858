package org.revlayers.internal.planner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnitTimesTest {

    private static final UnitFigures FIGURES = new UnitFigures(1, 2, 3, 4, 5, 6, true, 0.25, 0.5, null);

    @TempDir
    private Path folder;

    private static String key(int unit) {
        return UnitTimes.key("unit " + unit, new long[] {8, 3});
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void whatOneMeasuredTheNextKnows() {
        UnitTimes first = UnitTimes.in(folder, "a machine");
        assertFalse(first.has(key(1)));
        first.put(key(1), FIGURES);
        first.save();
        UnitTimes next = UnitTimes.in(folder, "a machine");
        UnitFigures others = new UnitFigures(10, 20, 30, 4, 5, 6, true, 9, 9, null);
        assertEquals(
                new UnitFigures(10, 20, 30, 4, 5, 6, true, 0.25, 0.5, null),
                next.timed(key(1), others),
                "its own bytes");
        assertEquals(others, next.timed(key(2), others));
    }

    @Test
    void anotherMachineMeasuresItself() throws IOException {
        UnitTimes first = UnitTimes.in(folder, "4 threads");
        first.put(key(1), FIGURES);
        first.save();
        UnitTimes other = UnitTimes.in(folder, "2 threads");
        assertFalse(other.has(key(1)));
        other.put(key(1), FIGURES);
        other.save();
        assertEquals(2, files().size());
    }

    @Test
    void twoThatMeasureAtOnceLoseNothing() {
        UnitTimes first = UnitTimes.in(folder, "a machine");
        UnitTimes second = UnitTimes.in(folder, "a machine");
        first.put(key(1), FIGURES);
        second.put(key(2), FIGURES);
        first.save();
        second.save();
        UnitTimes next = UnitTimes.in(folder, "a machine");
        assertTrue(next.has(key(1)) && next.has(key(2)));
    }

    @Test
    void aBrokenFileIsAsGoodAsNone() throws IOException {
        UnitTimes first = UnitTimes.in(folder, "a machine");
        first.put(key(1), FIGURES);
        first.save();
        Path file = files().get(0);
        for (String text : List.of("", "{", "[1]", "{\"times\": {\"x\": [\"a\"]}}", "{\"times\": 3}")) {
            Files.writeString(file, text);
            UnitTimes next = UnitTimes.in(folder, "a machine");
            assertFalse(next.has(key(1)), text);
            next.put(key(1), FIGURES);
            next.save();
            assertTrue(UnitTimes.in(folder, "a machine").has(key(1)), text);
        }
    }

    @Test
    void aFolderThatCannotBeMadeStopsNoPlan() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        UnitTimes times = UnitTimes.in(file.resolve("planner"), "a machine");
        times.put(key(1), FIGURES);
        times.save();
        assertEquals(1, files().size());
    }
}
