package org.revlayers.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.files.WeightsFileException;

class OrtFlatbufferTest {

    @TempDir
    Path folder;

    @Test
    void initializersAreRead() throws Exception {
        try (TensorSource source = TensorSource.open(write(new long[] {2, 2}, 1, 1, 2, 3, 4))) {
            assertEquals(new TensorInfo("w", TensorInfo.Type.F32, new long[] {2, 2}, 16), source.info("w"));
            assertArrayEquals(new float[] {1, 2, 3, 4}, source.read("w").data().asFloat());
            assertArrayEquals(new long[] {2, 2}, source.read("w").shape());
            assertEquals(Map.of("ort_version", "6"), source.metadata());
            assertThrows(IllegalArgumentException.class, () -> source.read("v"));
            source.close();
            assertThrows(IllegalStateException.class, () -> source.read("w"));
        }
    }

    @Test
    void badFilesAreRejected() throws Exception {
        rejected(write(new long[] {2, 3}, 1, 1, 2, 3, 4), "needs 24 bytes");
        byte[] bytes = Files.readAllBytes(write(new long[] {4}, 1, 1, 2, 3, 4));
        rejected(Files.write(folder.resolve("short.ort"), Arrays.copyOf(bytes, 8)), "12 bytes to 2 GiB");
        for (int length = 12; length < bytes.length; length += 4) {
            rejected(Files.write(folder.resolve("cut.ort"), Arrays.copyOf(bytes, length)), "");
        }
        bytes[5] = 'X';
        rejected(Files.write(folder.resolve("id.ort"), bytes), "ORTM");
    }

    private static void rejected(Path file, String reason) {
        String message = assertThrows(WeightsFileException.class, () -> OrtFlatbuffer.open(file))
                .getMessage();
        assertTrue(message.contains(reason) && message.startsWith(file.toString()), message);
    }

    /** One float tensor "w" in the smallest file that has the format's tables. */
    private Path write(long[] dims, int type, float... values) throws IOException {
        FlatBufferBuilder b = new FlatBufferBuilder();
        ByteBuffer raw = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            raw.putFloat(v);
        }
        int data = b.createByteVector(raw.array());
        b.startVector(8, dims.length, 8);
        for (int i = dims.length - 1; i >= 0; i--) {
            b.addLong(dims[i]);
        }
        int shape = b.endVector();
        int name = b.createString("w");
        b.startTable(5);
        b.addOffset(0, name, 0);
        b.addOffset(2, shape, 0);
        b.addInt(3, type, 0);
        b.addOffset(4, data, 0);
        int tensor = b.endTable();
        b.startVector(4, 1, 4);
        b.addOffset(tensor);
        int tensors = b.endVector();
        b.startTable(1);
        b.addOffset(0, tensors, 0);
        int graph = b.endTable();
        b.startTable(8);
        b.addOffset(7, graph, 0);
        int model = b.endTable();
        int version = b.createString("6");
        b.startTable(2);
        b.addOffset(0, version, 0);
        b.addOffset(1, model, 0);
        b.finish(b.endTable(), "ORTM");
        return Files.write(folder.resolve("m.ort"), b.sizedByteArray());
    }
}
