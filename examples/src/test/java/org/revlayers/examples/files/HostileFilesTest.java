package org.revlayers.examples.files;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.shade.protobuf.ByteString;
import org.revlayers.files.WeightsFileException;

/** Small files made to harm: each is refused within five seconds, by name. */
class HostileFilesTest {

    @TempDir
    Path folder;

    private void refused(ForeignFormat format, Map<String, byte[]> parts, String reason) throws IOException {
        Path file = format.write(folder, parts);
        Exception e = assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThrows(WeightsFileException.class, () -> format.read(file)));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
        assertNull(ForeignFilesFuzzTest.unclear((WeightsFileException) e, file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':{'dtype':'F32','shape':[#],'data_offsets':[0,4]}}|4|1000000 characters",
                "{'__metadata__':{'x':#}}|0|1000000 characters",
                "{'a':{'dtype':@,'shape':[1],'data_offsets':[0,4]}}|4|nested deeper",
                "{'a':{'dtype':'F32','shape':@,'data_offsets':[0,4]}}|4|nested deeper",
                "{'__metadata__':7}|0|__metadata__ must be an object",
                "{'__metadata__':{'a':{}}}|0|must be a text",
                "{'a':{'dtype':'F32','shape':[0,4611686018427387904,4],'data_offsets':[0,0]}}|0|2^63",
                "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}|4|32 dimensions",
                "{'a':{'dtype':'F32','shape':[true],'data_offsets':[0,4]}}|4|whole number",
                "{'a':{'dtype':'F32','shape':['1'],'data_offsets':[0,4]}}|4|whole number",
                "{'\\u001b[2J\\u202e':{'dtype':'F32','shape':[3],'data_offsets':[0,4]}}|4|\\u001b[2J\\u202e",
            })
    void safetensors(String header, int bytes, String reason) throws IOException {
        String json = header.replace('\'', '"')
                .replace("#", "1".repeat(1_000_000))
                .replace("@", "[".repeat(100_000) + "]".repeat(100_000));
        refused(ForeignFormat.SAFETENSORS, Map.of("header", json.getBytes(UTF_8), "data", new byte[bytes]), reason);
    }

    @Test
    void headersInOtherEncodings() throws IOException {
        String json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        for (String encoding : List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
            refused(
                    ForeignFormat.SAFETENSORS,
                    Map.of("header", json.getBytes(encoding), "data", new byte[4]),
                    "must be JSON");
        }
        refused(
                ForeignFormat.SAFETENSORS,
                Map.of("header", new byte[] {'{', '"', (byte) 0xe9, '"', '}'}, "data", new byte[0]),
                "UTF-8");
    }

    @Test
    void blockNumbersWithoutBlocks() throws IOException {
        for (String number : List.of("200000000", "99999999999", "5")) {
            String empty = "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
            String json = "{\"patch_embed.proj.weight" + empty + ",\"blocks.0.attn.qkv.weight" + empty + ",\"blocks."
                    + number + ".x" + empty + "}";
            refused(ForeignFormat.VIT, Map.of("header", json.getBytes(UTF_8), "data", new byte[0]), "block");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-1 -1, 4",
        "4294967296 4294967296, 0",
        "4611686018427387905 4, 16",
        "0 9223372036854775807, 0",
        "-2 -2, 16"
    })
    void onnxShapes(String dims, int bytes) throws IOException {
        TensorProto.Builder t =
                TensorProto.newBuilder().setName("a").setDataType(1).setRawData(ByteString.copyFrom(new byte[bytes]));
        for (String d : dims.split(" ")) {
            t.addDims(Long.parseLong(d));
        }
        byte[] model = ModelProto.newBuilder()
                .setGraph(GraphProto.newBuilder().addInitializer(t))
                .build()
                .toByteArray();
        refused(ForeignFormat.ONNX, Map.of("model", model), "dimensions");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "['s.bin']|[{}]|whole number",
                "['s.bin']|[3.7]|whole number",
                "['s.bin']|['3']|whole number",
                "['s.bin']|[true,3]|whole number",
                "['s.bin']|{'a':3}|array of whole numbers",
                "['s.bin','./s.bin']|[6]|twice",
                "[#'s.bin']|[600000]|twice",
                "['s\\u0000.bin']|[3]|no file name",
                "[{}]|[3]|path must be a text",
                "{'x':'s.bin'}|[3]|must be an array",
            })
    void tfjs(String paths, String shape, String reason) throws IOException {
        String json = "{'weightsManifest':[{'paths':" + paths.replace("#", "'s.bin',".repeat(200_000))
                + ",'weights':[{'name':'a','dtype':'float32','shape':" + shape + "}]}]}";
        refused(
                ForeignFormat.TFJS,
                Map.of("model.json", json.replace('\'', '"').getBytes(UTF_8), "s.bin", new byte[12]),
                reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|whole number",
                "3.7|whole number",
                "\"3\"|whole number",
                "-5|whole number",
                "1099511627776|whole number",
                "3|another piece's",
                "4,\"b\":5|Duplicate"
            })
    void vocabularies(String id, String reason) throws IOException {
        String json =
                "{\"normalizer\":{\"lowercase\":true},\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"b\":"
                        + id + "}}}";
        refused(ForeignFormat.TOKENIZER, Map.of("tokenizer", json.getBytes(UTF_8)), reason);
    }

    /** What a Java-serialised preprocessor can do. */
    static final class Payload implements Serializable {
        private static final long serialVersionUID = 1L;
        static boolean ran;

        private void readObject(ObjectInputStream in) {
            ran = true;
        }
    }

    @Test
    void modelFilesRunNoCode() throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        new ObjectOutputStream(object).writeObject(new Payload());
        Map<String, byte[]> parts = GoodFiles.graph(folder);
        parts.put("preprocessor.bin", object.toByteArray());
        ForeignFormat.MODEL.read(ForeignFormat.MODEL.write(folder, parts));
        assertFalse(Payload.ran);
    }

    @Test
    void arraysOfModelFilesAreWhatTheySay() throws IOException {
        Map<String, byte[]> good = GoodFiles.graph(folder);
        // the place of the last element is beyond the values: read, it ends the process
        refusedModel(good, "coefficients.bin", array(5, 1, 1_000_000, 1, 1), "dense array");
        refusedModel(good, "updaterState.bin", array(5, 1, 5, 1, 1L << 40), "dense array");
        refusedModel(good, "coefficients.bin", array(1L << 33, 1, 1L << 33, 1, 1), "bytes");
        // four bytes times this are 20, beyond 2^64
        refusedModel(good, "coefficients.bin", array((1L << 62) + 5, 1, 5, 1, 1), "dense array");
        refusedModel(good, "coefficients.bin", array(5, 1, -5, 1, 1), "dimensions");
        refusedModel(good, "coefficients.bin", new byte[5], "coefficients.bin");
        refusedModel(good, "coefficients.bin", new byte[0], "parameters");
        refusedModel(good, "configuration.json", new byte[200_000_000], "unpack");
        refusedModel(good, "configuration.json", "[".repeat(1_000_000).getBytes(UTF_8), "nested deeper");
        refusedModel(good, "configuration.json", "{\"confs\":[]}".getBytes(UTF_8), "");
    }

    private void refusedModel(Map<String, byte[]> good, String part, byte[] bytes, String reason) throws IOException {
        Map<String, byte[]> parts = new LinkedHashMap<>(good);
        parts.put(part, bytes);
        parts.put("noParams.marker", new byte[0]);
        refused(ForeignFormat.MODEL, parts, reason);
    }

    private static byte[] array(long values, long rows, long columns, long rowStride, long columnStride)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF("MIXED_DATA_TYPES");
        out.writeLong(8);
        out.writeUTF("LONG");
        for (long v : new long[] {2, rows, columns, rowStride, columnStride, 8192, 1, 'c'}) {
            out.writeLong(v);
        }
        out.writeUTF("MIXED_DATA_TYPES");
        out.writeLong(values);
        out.writeUTF("FLOAT");
        out.write(new byte[20]);
        return bytes.toByteArray();
    }

    @Test
    void aVertexMayBeNamedAsAMultiLayerNetworksPart() throws IOException {
        Map<String, byte[]> parts = GoodFiles.graph(folder);
        String conf = new String(parts.get("configuration.json"), UTF_8);
        parts.put(
                "configuration.json",
                conf.replace("\"convolution0\"", "\"confs\"").getBytes(UTF_8));
        ForeignFormat.MODEL.read(ForeignFormat.MODEL.write(folder, parts));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null|array of labels",
                "[12,3]|0..9",
                "[-1,3]|0..9",
                "[3.7,4]|0..9",
                "[\"3\",4]|0..9",
                "[1]|pixels"
            })
    void labels(String json, String reason) throws IOException {
        Map<String, byte[]> parts =
                new LinkedHashMap<>(GoodFiles.of(ForeignFormat.CIFAR10, folder).get(0));
        parts.put("test_lables.json", json.getBytes(UTF_8));
        refused(ForeignFormat.CIFAR10, parts, reason);
    }

    @Test
    void storiesAreWhatTheyShouldBe() throws IOException {
        refused(
                ForeignFormat.REUTERS,
                Map.of("stories", "[{\"body\":\"b\",\"topics\":{\"x\":\"acq\"},\"id\":\"1\"}]".getBytes(UTF_8)),
                "none fits");
        refused(
                ForeignFormat.REUTERS,
                Map.of("stories", "[{\"body\":\"b\",\"topics\":[\"acq\"],\"id\":\"x\"}]".getBytes(UTF_8)),
                "id must be");
        refused(ForeignFormat.REUTERS, Map.of("stories", "7".getBytes(UTF_8)), "array of stories");
    }

    @Test
    void picturesThatSayTheyAreHuge() throws IOException {
        byte[] size = {0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0}; // 30000 x 30000, RGB of 8 bits
        CRC32 crc = new CRC32();
        crc.update("IHDR".getBytes(US_ASCII));
        crc.update(size);
        ByteBuffer png = ByteBuffer.allocate(45);
        png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}).putInt(size.length);
        png.put("IHDR".getBytes(US_ASCII)).put(size).putInt((int) crc.getValue());
        png.putInt(1000).put("IDAT".getBytes(US_ASCII)).putInt(0x789c0000);
        refused(ForeignFormat.IMAGE, Map.of("x.png", png.array()), "30000 x 30000 pixels");
        refused(ForeignFormat.IMAGE, Map.of("x.png", new byte[0]), "no image");
    }
}
