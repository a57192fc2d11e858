package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.examples.UsageException;

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
}
