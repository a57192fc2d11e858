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
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.files.WeightsFileException;

class SafetensorsFileTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void whatIsWrittenIsRead(TensorInfo.Type type) throws Exception {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("b.matrix", Nd4j.createFromArray(new float[][] {{1, -2, 0.5f}, {-0f, 1024, 0.125f}}));
        tensors.put(
                "a.turned", Nd4j.arange(6).castTo(DataType.FLOAT).reshape(2, 3).transpose());
        tensors.put("scalar", Nd4j.scalar(3f));
        Path file = folder.resolve("x.safetensors");
        SafetensorsWriter.write(file, tensors, type, Map.of("format", "pt"));

        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(tensors.keySet(), source.names());
            assertEquals(Map.of("format", "pt"), source.metadata());
            assertEquals(
                    new TensorInfo("b.matrix", type, new long[] {2, 3}, 6L * type.bytes()), source.info("b.matrix"));
            for (String name : tensors.keySet()) {
                INDArray read = source.read(name);
                assertEquals(DataType.FLOAT, read.dataType());
                assertEquals(tensors.get(name), read);
                assertTrue(read.rank() < 2 || read.ordering() == 'c');
                assertTrue(!read.isAttached());
            }
            String message = assertThrows(IllegalArgumentException.class, () -> source.read("c"))
                    .getMessage();
            assertTrue(message.contains("has no tensor \"c\""), message);
        }
    }

    @Test
    void everyHalfSurvives() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Decode.halfToFloat((short) bits);
            if (value == value) {
                assertEquals((short) bits, Decode.floatToHalf(value), () -> "half " + value);
            }
        }
        assertEquals(0x7c00, Decode.floatToHalf(65520f), "too large for a half");
        assertEquals(0x7bff, Decode.floatToHalf(65519f));
        assertEquals(0x3f80, Decode.floatToBfloat(1.00390625f), "a tie goes to the even neighbour");
        assertEquals(0x3f82, Decode.floatToBfloat(1.01171875f), "a tie goes to the even neighbour");
    }

    @Test
    void integersAndDoublesAreReadable() throws Exception {
        byte[] data = ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(-7)
                .putDouble(0.25)
                .putInt(5)
                .put(new byte[] {1, 0, -1, 2})
                .array();
        String header = "{\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]},"
                + "\"j\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]},"
                + "\"o\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[20,22]},"
                + "\"e\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[22,24]}}";
        try (TensorSource source = SafetensorsFile.open(write(header, data))) {
            assertEquals(-7, source.read("i").getFloat(0));
            assertEquals(0.25, source.read("d").getFloat(0));
            assertEquals(5, source.read("j").getFloat(0));
            assertArrayEquals(new float[] {1, 0}, source.read("o").toFloatVector());
            assertThrows(IllegalArgumentException.class, () -> source.read("e"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|7|truncated",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|9|left-over bytes",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}|8|needs 8 bytes",
                "{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,8]}}|8|needs 4 bytes",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}|8|needs 8 bytes",
                "{'a':{'dtype':'F32','shape':[2]}}|8|data_offsets must be an array",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}|8|whole numbers from 0",
                "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,8]}}|8|whole numbers from 0",
                "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,8]}}|8|overflows",
                "{'a':{'dtype':'Q4','shape':[2],'data_offsets':[0,8]}}|8|unknown dtype",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[2],'data_offsets':[2,10]}}|10|overlap",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[6,10]}}|10|leave a gap",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}|8|duplicate",
                "[1,2]|0|JSON object",
                "{'a':|0|must be JSON",
                "{} x|0|must be JSON",
                "PK3456789012|0|must be JSON",
            })
    void badFilesAreRejected(String header, int dataBytes, String reason) throws Exception {
        Path file = write(header.replace('\'', '"'), new byte[dataBytes]);
        String message = assertThrows(WeightsFileException.class, () -> SafetensorsFile.open(file))
                .getMessage();
        assertTrue(message.contains(reason), message);
        assertTrue(message.startsWith(file.toString()) && message.contains("; "), message);
    }

    @Test
    void absurdHeaderLengthsAreRejected() throws Exception {
        for (long length : new long[] {0, 1, -1, 100_000_001, Long.MAX_VALUE, 50}) {
            Path file = folder.resolve("l" + length + ".safetensors");
            Files.write(
                    file,
                    ByteBuffer.allocate(20)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(length)
                            .array());
            String message = assertThrows(WeightsFileException.class, () -> SafetensorsFile.open(file))
                    .getMessage();
            assertTrue(message.contains(length == 50 ? "truncated" : "header length"), message);
        }
        Path tiny = Files.write(folder.resolve("tiny.safetensors"), new byte[3]);
        assertThrows(WeightsFileException.class, () -> SafetensorsFile.open(tiny));
    }

    private Path write(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(json.length).put(json).put(data);
        return Files.write(folder.resolve("hand.safetensors"), out.array());
    }
}
