package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.revlayers.examples.UsageException;

/** The folder that a run writes into, for it alone: two runs in one would replace each other's checkpoints. The lock ends with its process. */
final class OutFolder implements AutoCloseable {

    private final FileChannel channel;

    private OutFolder(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes it.
     *
     * @throws UsageException where another run has it
     * @throws IOException    where it cannot be written to
     */
    static OutFolder take(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!lock(channel, folder)) {
            channel.close();
            throw new UsageException("another run writes into " + folder + ": wait for it, or give another --out");
        }
        return new OutFolder(channel);
    }

    private static boolean lock(FileChannel channel, Path folder) {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // in this process
        } catch (IOException e) {
            System.err.println(folder + " cannot be locked (" + e.getMessage() + "): start no second run there");
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
