package org.revlayers.internal.machine;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file whole or not at all: beside its name, forced to disk, moved there, the folder forced too. A link stays a link, what is no regular file is
 * refused, and nothing is left where writing fails.
 */
public final class WholeFile {

    /** What goes into it. */
    @FunctionalInterface
    public interface Body {
        /** Writes it. */
        void write(OutputStream out) throws IOException;
    }

    private WholeFile() {}

    /**
     * Writes a file.
     *
     * @throws IOException that names the file and the reason; what was there is there still
     */
    public static void write(Path file, Body body) throws IOException {
        write(file, null, body);
    }

    /**
     * Writes a file and keeps the one before it.
     *
     * @param before where a file of this name goes; null to replace it
     */
    public static void write(Path file, Path before, Body body) throws IOException {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath(); // a link stays one
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException("cannot write " + file + ": it is no regular file");
        }
        Path part = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            // no FileChannel: an interrupt would close it
            try (FileOutputStream raw = new FileOutputStream(part.toFile());
                    OutputStream out = new BufferedOutputStream(raw, 1 << 16)) {
                body.write(out);
                out.flush();
                raw.getFD().sync();
            }
            if (before != null && Files.exists(target)) {
                Files.move(target, before, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceFolder(target.getParent());
        } catch (IOException e) {
            String why = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
            throw new IOException("cannot write " + file + ": " + why, e);
        } finally {
            Files.deleteIfExists(part); // there is none where it was moved
        }
    }

    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows opens no folders, and needs not
        }
    }
}
