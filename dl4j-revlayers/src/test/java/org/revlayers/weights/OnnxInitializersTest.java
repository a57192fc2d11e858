package org.revlayers.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.ByteString;
import org.revlayers.files.WeightsFileException;

class OnnxInitializersTest {

    @TempDir
    Path folder;

    @Test
    void rawAndTypedValuesAreRead() throws Exception {
        byte[] raw = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1.5f)
                .putFloat(-2f)
                .array();
        Path file = write(
                tensor("raw", 1, 1, 2).setRawData(ByteString.copyFrom(raw)),
                tensor("typed", 1, 2, 1).addAllFloatData(List.of(3f, 4f)),
                tensor("half", 10, 1).addInt32Data(0x3c00),
                tensor("index", 7).addInt64Data(9));
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(Set.of("raw", "typed", "half", "index"), source.names());
            assertEquals(8, source.info("raw").bytes());
            assertArrayEquals(new float[] {1.5f, -2f}, source.read("raw").data().asFloat());
            assertArrayEquals(new long[] {2, 1}, source.read("typed").shape());
            assertArrayEquals(new float[] {3, 4}, source.read("typed").data().asFloat());
            assertEquals(1, source.read("half").getFloat(0));
            assertEquals(9, source.read("index").getFloat(0));
        }
    }

    @Test
    void badFilesAreRejected() throws Exception {
        Path good = write(tensor("a", 1, 2).addAllFloatData(List.of(3f, 4f)));
        byte[] bytes = Files.readAllBytes(good);
        rejected(Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(bytes, bytes.length - 3)), "not a complete");
        rejected(Files.write(folder.resolve("empty.onnx"), new byte[0]), "has a graph");
        rejected(
                Files.write(folder.resolve("text.onnx"), "hello world".getBytes(StandardCharsets.US_ASCII)),
                "has a graph");
        rejected(write(tensor("a", 1, 3).addAllFloatData(List.of(3f, 4f))), "3 elements by its shape, 2 by its data");
        rejected(write(tensor("a", 1, 1).setRawData(ByteString.copyFrom(new byte[5]))), "elements by its shape");
        rejected(write(tensor("a", 1, 1).addFloatData(1), tensor("a", 1, 1).addFloatData(1)), "two tensors are named");
        rejected(
                write(tensor("a", 1, 1)
                        .addExternalData(StringStringEntryProto.newBuilder().setKey("location"))),
                "in another file");
    }

    private static void rejected(Path file, String reason) {
        String message = assertThrows(WeightsFileException.class, () -> OnnxInitializers.open(file))
                .getMessage();
        assertTrue(message.contains(reason) && message.startsWith(file.toString()), message);
    }

    private static TensorProto.Builder tensor(String name, int type, long... dims) {
        TensorProto.Builder builder = TensorProto.newBuilder().setName(name).setDataType(type);
        for (long d : dims) {
            builder.addDims(d);
        }
        return builder;
    }

    private Path write(TensorProto.Builder... tensors) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder();
        for (TensorProto.Builder t : tensors) {
            graph.addInitializer(t);
        }
        return Files.write(
                folder.resolve("m.onnx"),
                ModelProto.newBuilder().setGraph(graph).build().toByteArray());
    }
}
