package org.revlayers.internal.disk;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import org.revlayers.internal.kernel.Warnings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is gone when its process is, however that ends: where files can be unlinked while they are open it has no name from the beginning. It is
 * read and written past the page cache, which is memory too ({@code ExtendedOpenOption.DIRECT}); where the file system cannot do that, through it, and
 * the log says so once.
 */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class FolderFile implements BlockFile {

    private static final Logger LOG = LoggerFactory.getLogger(FolderFile.class);

    /** The folder; that of temporary files if not set. */
    static final String PROPERTY = "revlayers.offload.dir";

    private static final String REMEDY = ": set -D" + PROPERTY + " to a folder on a disk";

    /** File systems whose files lie in memory. */
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs");

    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileStore store;
    private final FileChannel channel;

    @Getter
    private final boolean direct;

    /** In the folder that the system property names. */
    static FolderFile open() {
        return open(folder());
    }

    /** Where offloaded arrays go. */
    static Path folder() {
        return Path.of(System.getProperty(PROPERTY, System.getProperty("java.io.tmpdir")));
    }

    /** Throws an error that names the remedy if arrays cannot go there. */
    static FolderFile open(Path folder) {
        return open(folder, ExtendedOpenOption.DIRECT);
    }

    /** @param direct what asks for direct I/O */
    static FolderFile open(Path folder, OpenOption direct) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalStateException("offloaded arrays go to a folder, and " + folder + " is none" + REMEDY);
        }
        try {
            FileStore store = Files.getFileStore(folder);
            if (IN_MEMORY.contains(store.type())) {
                throw new IllegalStateException("offloaded arrays go to a disk, and the files of " + folder + " ("
                        + store.type() + ") are in memory, where they save nothing" + REMEDY);
            }
            return made(folder, store, direct);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "offloaded arrays need a folder in which files can be made, and " + folder + " is none (" + e + ")"
                            + REMEDY,
                    e);
        }
    }

    private static FolderFile made(Path folder, FileStore store, OpenOption direct) throws IOException {
        try {
            return new FolderFile(folder, store, probed(create(folder, direct)), true);
        } catch (IOException | UnsupportedOperationException e) {
            FileChannel cached = create(folder);
            if (SAID.add(folder.toString())) {
                Warnings.warn(
                        LOG,
                        "offloaded arrays in " + folder
                                + " go through the page cache, which counts as memory, for direct I/O fails there (" + e
                                + ")");
            }
            return new FolderFile(folder, store, cached, false);
        }
    }

    private static FileChannel create(Path folder, OpenOption... more) throws IOException {
        Path file = folder.resolve("revlayers-offload-" + UUID.randomUUID());
        Set<OpenOption> options = new HashSet<>(Set.of(
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE));
        options.addAll(Set.of(more));
        return FileChannel.open(file, options);
    }

    /** Some file systems open a file so and then cannot write to it. */
    private static FileChannel probed(FileChannel channel) throws IOException {
        try {
            channel.write(Staging.buffer(BLOCK), 0);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void write(ByteBuffer blocks, long at) throws IOException {
        long place = at;
        while (blocks.hasRemaining()) {
            place += channel.write(blocks, place);
        }
    }

    @Override
    public void read(ByteBuffer blocks, long at) throws IOException {
        long place = at;
        while (blocks.hasRemaining()) {
            int read = channel.read(blocks, place);
            if (read < 0) {
                throw new EOFException("the file ends before byte " + place);
            }
            place += read;
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return store.getUsableSpace();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String remedy() {
        return "free some room there, or set -D" + PROPERTY + " to a folder on another disk";
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
