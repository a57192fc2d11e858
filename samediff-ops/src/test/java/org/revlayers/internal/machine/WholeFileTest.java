package org.revlayers.internal.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

    @TempDir
    private Path folder;

    private void assertOnly(String name, String content) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            assertEquals(List.of(folder.resolve(name)), all.toList(), "nothing is left beside it");
        }
        assertEquals(content, Files.readString(folder.resolve(name)));
    }

    /** Whatever ends the writing, an error such as a full heap too, leaves what was there, and no part. */
    @Test
    void nothingIsLeftWhereWritingFails() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "before");
        for (Throwable thrown : List.of(new IllegalStateException("no"), new OutOfMemoryError("no"))) {
            Throwable told = assertThrows(
                    thrown.getClass(),
                    () -> WholeFile.write(file, out -> {
                        out.write(new byte[1 << 17]);
                        if (thrown instanceof Error e) {
                            throw e;
                        }
                        throw (RuntimeException) thrown;
                    }));
            assertSame(thrown, told);
            assertOnly("a.txt", "before");
        }
        assertThrows(
                IOException.class,
                () -> WholeFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("no");
                }));
        assertOnly("a.txt", "before");
    }

    @Test
    void whatIsWrittenReplacesWhatWasThere() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "before");
        WholeFile.write(file, out -> out.write("after".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertOnly("a.txt", "after");
    }
}
