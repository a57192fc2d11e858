package org.revlayers.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.revlayers.files.WeightsFileException;

class TfjsModelTest {

    @TempDir
    Path folder;

    private Path model(String weights, byte[]... shards) throws IOException {
        StringBuilder paths = new StringBuilder();
        for (int i = 0; i < shards.length; i++) {
            String name = "shard" + (shards.length - i) + ".bin"; // not in alphabetical order
            Files.write(folder.resolve(name), shards[i]);
            paths.append(i == 0 ? "" : ",").append('"').append(name).append('"');
        }
        return Files.writeString(
                folder.resolve("model.json"),
                "{\"weightsManifest\": [{\"paths\": [" + paths + "], \"weights\": [" + weights + "]}]}");
    }

    private static String tensor(String name, String type, String shape) {
        return "{\"name\": \"" + name + "\", \"dtype\": \"" + type + "\", \"shape\": " + shape + "}";
    }

    private static byte[] floats(int from, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (to - from)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = from; i < to; i++) {
            bytes.putFloat(i);
        }
        return bytes.array();
    }

    @Test
    void readsTensorsThatStraddleShards() throws Exception {
        byte[] all = floats(0, 10);
        Path file = model(
                tensor("a", "float32", "[2, 3]") + "," + tensor("b", "float32", "[]") + ","
                        + tensor("c", "float32", "[3]"),
                java.util.Arrays.copyOfRange(all, 0, 14),
                java.util.Arrays.copyOfRange(all, 14, 17),
                java.util.Arrays.copyOfRange(all, 17, 40));
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(List.of("a", "b", "c"), List.copyOf(source.names()));
            assertArrayEquals(new long[] {2, 3}, source.read("a").shape());
            assertArrayEquals(
                    new float[] {0, 1, 2, 3, 4, 5}, source.read("a").data().asFloat());
            assertEquals(6, source.read("b").getFloat(0));
            assertArrayEquals(
                    new float[] {7, 8, 9}, source.read("c").dup().data().asFloat());
            assertThrows(IllegalArgumentException.class, () -> source.read("d"));
        }
    }

    private void refuses(String part, String weights, byte[]... shards) throws IOException {
        Path file = model(weights, shards);
        String message = assertThrows(WeightsFileException.class, () -> TfjsModel.open(file))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void refusesWhatDoesNotFit() throws Exception {
        refuses("need 8 bytes, its shards hold 12", tensor("a", "float32", "[2]"), floats(0, 3));
        refuses("need 8 bytes, its shards hold 4", tensor("a", "float32", "[2]"), floats(0, 1));
        refuses("must be one of", tensor("a", "string", "[2]"), floats(0, 2));
        refuses(
                "without quantization",
                "{\"name\": \"a\", \"dtype\": \"uint8\", \"shape\": [8], \"quantization\": {\"dtype\": \"uint8\"}}",
                floats(0, 2));
        refuses("two tensors", tensor("a", "float32", "[1]") + "," + tensor("a", "float32", "[1]"), floats(0, 2));
        refuses("has no shape", tensor("a", "float32", "[-1]"), floats(0, 2));
        refuses("has no shape", tensor("a", "float32", "[65536, 65536]"), floats(0, 2));
        Path file = model(tensor("a", "float32", "[1]"), floats(0, 1));
        Files.delete(folder.resolve("shard1.bin"));
        assertThrows(WeightsFileException.class, () -> TfjsModel.open(file));
        Path outside = Files.writeString(
                folder.resolve("outside.json"),
                "{\"weightsManifest\": [{\"paths\": [\"../x.bin\"], \"weights\": []}]}");
        assertThrows(WeightsFileException.class, () -> TfjsModel.open(outside));
        assertThrows(
                WeightsFileException.class, () -> TfjsModel.open(Files.writeString(folder.resolve("b.json"), "{")));
        assertThrows(
                WeightsFileException.class, () -> TfjsModel.open(Files.writeString(folder.resolve("c.json"), "{}")));
    }
}
