package org.revlayers.before;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Named arrays in a zipped file, which no library's format can change under: the number of them, then of each its name, its type, its rank and shape, and
 * its elements in C order, floats for FLOAT and doubles for all others.
 */
public final class SavedArrays {

    private SavedArrays() {}

    /** In the order of their names. */
    public static void write(Path file, Map<String, INDArray> arrays) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(arrays.size());
            for (Map.Entry<String, INDArray> entry : new TreeMap<>(arrays).entrySet()) {
                INDArray array = entry.getValue().dup('c');
                out.writeUTF(entry.getKey());
                out.writeUTF(array.dataType().name());
                out.writeInt(array.rank());
                for (long size : array.shape()) {
                    out.writeInt((int) size);
                }
                for (double value : array.data().asDouble()) {
                    if (array.dataType() == DataType.FLOAT) {
                        out.writeFloat((float) value);
                    } else {
                        out.writeDouble(value);
                    }
                }
            }
        }
    }

    /** By their names, in order. */
    public static Map<String, INDArray> read(Path file) throws IOException {
        Map<String, INDArray> arrays = new TreeMap<>();
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
            for (int left = in.readInt(); left > 0; left--) {
                String name = in.readUTF();
                DataType type = DataType.valueOf(in.readUTF());
                long[] shape = new long[in.readInt()];
                int n = 1;
                for (int i = 0; i < shape.length; i++) {
                    shape[i] = in.readInt();
                    n *= (int) shape[i];
                }
                double[] values = new double[n];
                for (int i = 0; i < n; i++) {
                    values[i] = type == DataType.FLOAT ? in.readFloat() : in.readDouble();
                }
                arrays.put(
                        name, Nd4j.createFromArray(values).reshape('c', shape).castTo(type));
            }
        }
        return arrays;
    }
}
