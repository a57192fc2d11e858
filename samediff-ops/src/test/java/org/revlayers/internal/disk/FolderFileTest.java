package org.revlayers.internal.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.memory.Arena;

/** Where offloaded arrays may lie. */
class FolderFileTest {

    private static final String REMEDY = "set -Drevlayers.offload.dir to a folder on a disk";

    private static final OpenOption UNKNOWN = new OpenOption() {};

    private static String refused(Path folder) {
        String message = assertThrows(RuntimeException.class, () -> FolderFile.open(folder))
                .getMessage();
        assertTrue(message.contains(REMEDY) && message.contains(folder.toString()), message);
        return message;
    }

    @Test
    void filesInMemoryAreRefused() throws IOException {
        Path folder = Path.of("/dev/shm");
        assumeTrue(
                Files.isDirectory(folder) && Files.getFileStore(folder).type().equals("tmpfs"));
        assertTrue(refused(folder).contains("tmpfs) are in memory, where they save nothing"));
    }

    @Test
    void aFolderThatIsNotThereIsRefused(@TempDir Path folder) {
        assertTrue(refused(folder.resolve("none")).contains("is none"));
    }

    /** No file can be made there, by root neither. */
    @Test
    void aFolderThatCannotBeWrittenToIsRefused() {
        Path folder = Path.of("/proc");
        assumeTrue(Files.isDirectory(folder));
        assertTrue(refused(folder).contains("in which files can be made"));
    }

    private static void roundTrip(BlockFile file) throws IOException {
        ByteBuffer buffer = Staging.buffer(3 * BlockFile.BLOCK);
        while (buffer.hasRemaining()) {
            buffer.put((byte) (buffer.position() * 31));
        }
        file.write(buffer.flip(), 5L * BlockFile.BLOCK);
        ByteBuffer back = Staging.buffer(2 * BlockFile.BLOCK);
        file.read(back, 6L * BlockFile.BLOCK);
        assertEquals(buffer.slice(BlockFile.BLOCK, 2 * BlockFile.BLOCK), back.flip());
        assertThrows(IOException.class, () -> file.read(Staging.buffer(BlockFile.BLOCK), 100L * BlockFile.BLOCK));
    }

    @Test
    void whereThereIsNoDirectInputAndOutputThePageCacheServes(@TempDir Path folder) throws IOException {
        try (FolderFile file = FolderFile.open(folder, UNKNOWN)) {
            assertFalse(file.isDirect());
            roundTrip(file);
        }
    }

    @Test
    void whatIsWrittenIsRead(@TempDir Path folder) throws IOException {
        try (FolderFile file = FolderFile.open(folder)) {
            roundTrip(file);
        }
        assertEquals(List.of(), files(folder));
    }

    /** For {@link #aKilledProcessLeavesNoFile}: says when it has stored something, and waits. */
    static final class Child {

        private Child() {}

        /** Its end is being killed. */
        public static void main(String[] args) throws InterruptedException {
            INDArray array = Arena.current().take(DataType.FLOAT, 1 << 20);
            Disk.current().store(List.of(array), Arena.current());
            Disk.current().flush();
            System.out.println("stored " + Disk.current().traffic().written());
            Thread.sleep(600_000);
        }
    }

    @Test
    void aKilledProcessLeavesNoFile(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(File.separatorChar == '/');
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-D" + FolderFile.PROPERTY + "=" + folder,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName())
                .redirectErrorStream(true)
                .start();
        StringBuilder said = new StringBuilder();
        try (var out = child.inputReader()) {
            while (said.indexOf("stored ") < 0) {
                String line = out.readLine();
                if (line == null) {
                    break; // it has failed, and said why
                }
                said.append(line).append('\n');
            }
            assertTrue(said.indexOf("stored 4194304") >= 0, said.toString());
            child.destroyForcibly();
        }
        assertTrue(child.waitFor(60, TimeUnit.SECONDS));
        assertEquals(List.of(), files(folder));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
