package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.revlayers.examples.shared.UsageException;

/**
 * The folder that a run writes into, for it alone: two runs in one would replace each other's checkpoints. A run has one lock, and the process that trains for it
 * another. Locks end with their processes.
 */
final class OutFolder implements AutoCloseable {

    private static final String OF_RUN = ".lock";
    private static final String OF_WORK = ".lock-training";

    private final FileChannel channel;

    private OutFolder(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes it, and makes it where it is not there.
     *
     * @throws UsageException where it cannot be written to, or another run has it
     */
    static OutFolder take(Path folder) throws IOException {
        requireWritable(folder);
        FileChannel channel = open(folder, OF_RUN);
        OutFolder taken = new OutFolder(channel);
        try {
            if (lock(channel, folder)) {
                work(folder).close(); // a run that was killed may have left one that ends now
                clear(folder);
            }
            return taken;
        } catch (IOException | UsageException e) {
            taken.close();
            throw e;
        }
    }

    /** For the process that trains in the folder of its run: waits until there is no other one. */
    static OutFolder work(Path folder) throws IOException {
        FileChannel channel = open(folder, OF_WORK);
        OutFolder taken = new OutFolder(channel);
        try {
            channel.lock();
        } catch (OverlappingFileLockException e) {
            taken.close();
            throw e;
        } catch (IOException e) {
            // on file systems that have no locks, of which the run has told
        }
        return taken;
    }

    private static FileChannel open(Path folder, String name) throws IOException {
        return FileChannel.open(folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Throws unless results can be written, before anything is trained for them. */
    private static void requireWritable(Path folder) {
        UsageException.unless(!folder.toString().isEmpty(), "--out names a folder");
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".probe", null));
        } catch (IOException | UnsupportedOperationException e) {
            throw new UsageException("--out " + folder + " cannot be written to ("
                    + e.getClass().getSimpleName() + "): give a folder that can");
        }
    }

    /** Whether it is locked now; not on file systems that have no locks. */
    private static boolean lock(FileChannel channel, Path folder) {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null; // in this process
        } catch (IOException e) {
            System.err.println(folder + " cannot be locked (" + e.getMessage() + "): start no second run there");
            return false;
        }
        if (lock == null) {
            throw new UsageException("another run writes into " + folder + ": wait for it, or give another --out");
        }
        return true;
    }

    /** Deletes the parts of checkpoints that runs which were killed have left; no run that goes on writes them. */
    private static void clear(Path folder) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".checkpoint-*.part")) {
            for (Path part : parts) {
                if (Files.isRegularFile(part)) {
                    Files.delete(part);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
