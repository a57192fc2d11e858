package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.shared.UsageException;

class OutFolderTest {

    @Test
    void isForOneRunAtATime(@TempDir Path folder) throws IOException {
        try (OutFolder mine = OutFolder.take(folder)) {
            String message = assertThrows(UsageException.class, () -> OutFolder.take(folder))
                    .getMessage();
            assertTrue(message.contains("another run writes into " + folder), message);
        }
        OutFolder.take(folder).close();
    }

    @Test
    void losesThePartsThatAKilledRunLeft(@TempDir Path folder) throws IOException {
        Path part = folder.resolve(".checkpoint-plain.zip.123.part");
        Path checkpoint = Files.writeString(folder.resolve("checkpoint-plain.zip"), "whole");
        try (OutFolder mine = OutFolder.take(folder)) {
            Files.writeString(part, "half");
            assertThrows(UsageException.class, () -> OutFolder.take(folder));
            assertTrue(Files.exists(part), "it is the other run's, which writes it now");
        }
        OutFolder.take(folder).close();
        assertTrue(Files.notExists(part), "left by a run that has ended");
        assertTrue(Files.exists(checkpoint));
    }
}
