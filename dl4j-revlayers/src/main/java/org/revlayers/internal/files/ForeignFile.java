package org.revlayers.internal.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.revlayers.files.WeightsFileException;

/**
 * The one way in for files from outside. Whatever goes wrong while one is read is a {@link WeightsFileException} that names it, and the
 * limits are here: nothing is allocated for a number in a file before the file is known to hold as much.
 */
public final class ForeignFile {

    /** Dimensions of a tensor, ND4J's most. */
    public static final int MAX_RANK = 32;

    /** Bytes of a file that is read as a whole; JSON has its own. */
    static final long MAX_WHOLE = Integer.MAX_VALUE - 8;

    private ForeignFile() {}

    /** Reads a file, or a part of it. */
    public interface Reading<T> {
        T read() throws IOException;
    }

    /**
     * Runs a reader.
     *
     * @param remedy of what the reader has no better one for
     * @throws WeightsFileException for everything that is wrong with the file
     */
    public static <T> T read(Path file, String remedy, Reading<T> reading) throws WeightsFileException {
        if (!Files.isRegularFile(file)) {
            String broken = Files.exists(file) ? "must be a regular file" : "there is no such file";
            throw new WeightsFileException(file, broken, "check the path");
        }
        return within(file, remedy, reading);
    }

    /** The same for what was opened before. */
    public static <T> T within(Path file, String remedy, Reading<T> reading) throws WeightsFileException {
        try {
            return reading.read();
        } catch (WeightsFileException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            for (Throwable c = e; c != null; c = c.getCause()) {
                if (c instanceof WeightsFileException known) {
                    throw known;
                }
            }
            Throwable first = e;
            while (first.getCause() != null && first.getCause() != first) {
                first = first.getCause();
            }
            String said = first.getMessage() == null ? "" : " (" + first.getMessage() + ")";
            throw new WeightsFileException(
                    file, "cannot be read: " + first.getClass().getSimpleName() + said, remedy, e);
        }
    }

    /** Bytes of a tensor, whose shape is checked. */
    public static long bytes(Path file, String name, long[] shape, int elementBytes, String remedy)
            throws WeightsFileException {
        long all = elementBytes;
        boolean good = shape.length <= MAX_RANK;
        boolean empty = false;
        for (int i = 0; good && i < shape.length; i++) {
            empty |= shape[i] == 0;
            long d = Math.max(1, shape[i]);
            good = shape[i] >= 0 && Math.multiplyHigh(all, d) == 0 && all * d >= 0;
            all *= d;
        }
        if (!good) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + name + "\" must have at most " + MAX_RANK
                            + " dimensions from 0 with less than 2^63 bytes, where its size overflows or is negative: it has "
                            + shape.length + ": "
                            + java.util.Arrays.toString(java.util.Arrays.copyOf(shape, Math.min(40, shape.length))),
                    remedy);
        }
        return empty ? 0 : all;
    }

    /** Everything up to a limit, for streams that unpack. */
    public static byte[] atMost(Path file, String part, InputStream in, long limit) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            if (out.size() + (long) n > Math.min(limit, MAX_WHOLE)) {
                throw new WeightsFileException(
                        file,
                        part + " must not unpack to more than " + limit + " bytes",
                        "get the file from its author");
            }
            out.write(buffer, 0, n);
        }
        return out.toByteArray();
    }
}
