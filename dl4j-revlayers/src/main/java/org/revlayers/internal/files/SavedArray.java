package org.revlayers.internal.files;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.files.WeightsFileException;

/**
 * An array as {@code Nd4j.write} leaves it. {@code Nd4j.read} allocates and indexes by what the bytes say, so that a wrong one ends the
 * process; here they must describe one dense array and hold it.
 */
public final class SavedArray {

    /** How ND4J 1.0.0-beta4 to M2.1 and the versions before name the layout; older ones had shapes of ints. */
    private static final Set<String> MODES = Set.of("MIXED_DATA_TYPES", "LONG_SHAPE");

    private SavedArray() {}

    /** @param part of the file it is, for the message */
    public static INDArray read(Path file, String part, byte[] bytes, String remedy) throws IOException {
        check(file, part, bytes, remedy);
        return Nd4j.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    private static void check(Path file, String part, byte[] bytes, String remedy) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        long length = MODES.contains(in.readUTF()) ? in.readLong() : -1;
        if (length < 4 || length > 4 + 2 * ForeignFile.MAX_RANK || !in.readUTF().equals("LONG")) {
            throw broken(file, part, "does not begin with the shape of an array", remedy);
        }
        long[] info = new long[(int) length];
        for (int i = 0; i < info.length; i++) {
            info[i] = in.readLong();
        }
        if (!MODES.contains(in.readUTF())) {
            throw broken(file, part, "has no values behind its shape", remedy);
        }
        long values = in.readLong();
        DataType type = type(in.readUTF());
        if (type == null || type == DataType.UTF8 || type == DataType.COMPRESSED || type == DataType.UNKNOWN) {
            throw broken(
                    file,
                    part,
                    "holds " + (type == null ? "values of no type" : type) + " in place of numbers",
                    remedy);
        }
        ShapeInfo.check(file, part, info, type, values, remedy);
        if (values * type.width() != in.available()) {
            throw broken(file, part, "needs " + values * type.width() + " bytes, it has " + in.available(), remedy);
        }
    }

    /** Null if there is none of this name. */
    private static DataType type(String name) {
        return Arrays.stream(DataType.values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static WeightsFileException broken(Path file, String part, String how, String remedy) {
        return new WeightsFileException(file, part + " " + how, remedy);
    }
}
