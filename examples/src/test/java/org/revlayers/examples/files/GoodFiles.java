package org.revlayers.examples.files;

import com.google.flatbuffers.FlatBufferBuilder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.shade.protobuf.ByteString;
import org.revlayers.Lean;
import org.revlayers.examples.SmallModels;
import org.revlayers.graph.GraphChain;
import org.revlayers.keep.Memory;
import org.revlayers.models.TextEncoder;
import org.revlayers.op.RevOps;

/** Small whole files, in parts, that {@link ForeignFormat} puts together. */
final class GoodFiles {

    private GoodFiles() {}

    static List<Map<String, byte[]>> of(ForeignFormat format, Path folder) throws IOException {
        return switch (format) {
            case SAFETENSORS -> List.of(Map.of(
                    "header",
                    text("{\"__metadata__\":{\"format\":\"pt\"},"
                            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                            + "\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[24,28]},"
                            + "\"e\":{\"dtype\":\"F64\",\"shape\":[0,2],\"data_offsets\":[28,28]},"
                            + "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[28,36]}}"),
                    "data",
                    new byte[36]));
            case VIT -> List.of(vit());
            case ONNX -> List.of(Map.of("model", onnx()));
            case BERT -> List.of(Map.of("model", bert()));
            case ORT -> List.of(Map.of("model", ort()));
            case TFJS -> List.of(Map.of(
                    "model.json",
                    text("{\"format\":\"layers-model\",\"weightsManifest\":[{\"paths\":[\"s1.bin\",\"s2.bin\"],"
                            + "\"weights\":[{\"name\":\"a\",\"shape\":[2,3],\"dtype\":\"float32\"},"
                            + "{\"name\":\"b\",\"shape\":[3],\"dtype\":\"uint8\"},"
                            + "{\"name\":\"c\",\"shape\":[],\"dtype\":\"float16\"}]}]}"),
                    "s1.bin",
                    new byte[10],
                    "s2.bin",
                    new byte[19]));
            case TOKENIZER -> List.of(Map.of(
                    "tokenizer",
                    text("{\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":true},\"model\":{\"type\":"
                            + "\"WordPiece\",\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":4,"
                            + "\"man\":5,\"eat\":6,\"##s\":7}}}")));
            case MODEL, CHECKPOINT -> List.of(network(folder), graph(folder));
            case SAMEDIFF -> List.of(Map.of("graph", sameDiff(folder)));
            case IMAGE -> List.of(
                    Map.of("x.png", image("png")),
                    Map.of("x.jpg", image("jpg")),
                    Map.of("x.gif", image("gif")),
                    Map.of("x.bmp", image("bmp")),
                    Map.of("x.tiff", image("tiff")));
            case REUTERS -> List.of(Map.of(
                    "stories",
                    text("[{\"title\":\"A\",\"body\":\"a b\",\"topics\":[\"acq\"],\"id\":\"1\"},"
                            + "{\"body\":\"b\",\"topics\":[\"grain\"],\"id\":\"14818\"}]")));
            case CIFAR10 -> List.of(Map.of("test_lables.json", text("[3,9]"), "test_batch.png", sheet()));
        };
    }

    private static byte[] text(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    /** One block of 64 features, patches of 4 pixels, timm's names. */
    private static Map<String, byte[]> vit() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("cls_token", new long[] {1, 1, 64});
        shapes.put("pos_embed", new long[] {1, 5, 64});
        shapes.put("patch_embed.proj.weight", new long[] {64, 1, 4, 4});
        shapes.put("patch_embed.proj.bias", new long[] {64});
        for (String norm : List.of("norm", "blocks.0.norm1", "blocks.0.norm2")) {
            shapes.put(norm + ".weight", new long[] {64});
            shapes.put(norm + ".bias", new long[] {64});
        }
        linear(shapes, "blocks.0.attn.qkv", 192, 64);
        linear(shapes, "blocks.0.attn.proj", 64, 64);
        linear(shapes, "blocks.0.mlp.fc1", 8, 64);
        linear(shapes, "blocks.0.mlp.fc2", 64, 8);
        linear(shapes, "head", 3, 64);
        StringBuilder header = new StringBuilder("{");
        long at = 0;
        for (Map.Entry<String, long[]> e : shapes.entrySet()) {
            long bytes = 2;
            for (long d : e.getValue()) {
                bytes *= d;
            }
            header.append(at > 0 ? "," : "")
                    .append("\"" + e.getKey() + "\":{\"dtype\":\"F16\",\"shape\":")
                    .append(java.util.Arrays.toString(e.getValue()))
                    .append(",\"data_offsets\":[" + at + "," + (at + bytes) + "]}");
            at += bytes;
        }
        return Map.of("header", text(header.append("}").toString()), "data", new byte[(int) at]);
    }

    private static void linear(Map<String, long[]> shapes, String name, long out, long in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    private static TensorProto.Builder tensor(String name, int type, long... dims) {
        TensorProto.Builder t = TensorProto.newBuilder().setName(name).setDataType(type);
        for (long d : dims) {
            t.addDims(d);
        }
        return t;
    }

    private static byte[] onnx() {
        GraphProto graph = GraphProto.newBuilder()
                .addInitializer(tensor("raw", 1, 1, 2).setRawData(ByteString.copyFrom(new byte[8])))
                .addInitializer(tensor("typed", 1, 2, 1).addAllFloatData(List.of(3f, 4f)))
                .addInitializer(tensor("half", 10, 3)
                        .addInt32Data(0x3c00)
                        .addInt32Data(1)
                        .addInt32Data(2))
                .addInitializer(tensor("index", 7).addInt64Data(9))
                .build();
        return ModelProto.newBuilder().setIrVersion(7).setGraph(graph).build().toByteArray();
    }

    /** One block of 32 features. */
    private static byte[] bert() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String kind : List.of("word", "position", "token_type")) {
            shapes.put("embeddings." + kind + "_embeddings.weight", new long[] {kind.equals("token_type") ? 2 : 6, 32});
        }
        String layer = "encoder.layer.0.";
        for (String norm : List.of("embeddings.", layer + "attention.output.", layer + "output.")) {
            shapes.put(norm + "LayerNorm.weight", new long[] {32});
            shapes.put(norm + "LayerNorm.bias", new long[] {32});
        }
        for (String m : List.of(
                "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")) {
            shapes.put(layer + m + ".bias", new long[] {32});
        }
        shapes.put(layer + "intermediate.dense.bias", new long[] {8});
        shapes.put(layer + "output.dense.bias", new long[] {32});
        for (int i = 0; i < 4; i++) {
            shapes.put("onnx::MatMul_" + (100 + i), new long[] {32, 32});
        }
        shapes.put("onnx::MatMul_104", new long[] {32, 8});
        shapes.put("onnx::MatMul_105", new long[] {8, 32});
        GraphProto.Builder graph = GraphProto.newBuilder();
        shapes.forEach((name, dims) -> {
            long n = java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b);
            graph.addInitializer(tensor(name, 10, dims).setRawData(ByteString.copyFrom(new byte[(int) (2 * n)])));
        });
        return ModelProto.newBuilder().setGraph(graph).build().toByteArray();
    }

    private static byte[] ort() {
        FlatBufferBuilder b = new FlatBufferBuilder();
        int[] tensors = new int[2];
        for (int i = 0; i < 2; i++) {
            int data = b.createByteVector(new byte[16]);
            b.startVector(8, 2, 8);
            b.addLong(2);
            b.addLong(2);
            int shape = b.endVector();
            int name = b.createString("w" + i);
            b.startTable(5);
            b.addOffset(0, name, 0);
            b.addOffset(2, shape, 0);
            b.addInt(3, 1, 0);
            b.addOffset(4, data, 0);
            tensors[i] = b.endTable();
        }
        b.startVector(4, 2, 4);
        b.addOffset(tensors[1]);
        b.addOffset(tensors[0]);
        int all = b.endVector();
        b.startTable(1);
        b.addOffset(0, all, 0);
        int graph = b.endTable();
        b.startTable(8);
        b.addOffset(7, graph, 0);
        int model = b.endTable();
        int version = b.createString("6");
        b.startTable(2);
        b.addOffset(0, version, 0);
        b.addOffset(1, model, 0);
        b.finish(b.endTable(), "ORTM");
        return b.sizedByteArray();
    }

    /** A chain of transformer blocks, with Adam's state. */
    private static Map<String, byte[]> network(Path folder) throws IOException {
        Path file = folder.resolve("network.zip");
        var net = TextEncoder.builder()
                .vocabulary(9)
                .positions(6)
                .tokens(4)
                .features(8)
                .depth(2)
                .heads(2)
                .mlp(8)
                .classes(3)
                .updater(new Adam(1e-3))
                .build()
                .init();
        ModelSerializer.writeModel(Lean.convert(net, Memory.reversible()).network(), file.toFile(), true);
        return ForeignFormat.unzipped(file);
    }

    /** A residual network, with Adam's state. */
    static Map<String, byte[]> graph(Path folder) throws IOException {
        Path file = folder.resolve("graph.zip");
        ModelSerializer.writeModel(SmallModels.residual(6, 3, 1, new Adam(1e-3)), file.toFile(), true);
        return ForeignFormat.unzipped(file);
    }

    private static byte[] sameDiff(Path folder) throws IOException {
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", DataType.FLOAT, -1, 4);
        GraphChain chain = GraphChain.in(sd, "chain");
        for (int i = 0; i < 2; i++) {
            chain.then("f" + i, (g, x) -> RevOps.gelu(x.mmul(g.var("w", Nd4j.rand(DataType.FLOAT, 4, 4)))));
        }
        chain.of(in).std("loss", true);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        sd.fit(new org.nd4j.linalg.dataset.DataSet(Nd4j.rand(DataType.FLOAT, 3, 4), null));
        Path file = folder.resolve("graph.fb");
        sd.save(file.toFile(), true);
        return Files.readAllBytes(file);
    }

    private static byte[] image(String kind) throws IOException {
        BufferedImage picture = new BufferedImage(20, 18, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 20 * 18; i++) {
            picture.setRGB(i % 20, i / 20, i * 7919);
        }
        return encoded(picture, kind);
    }

    private static byte[] sheet() throws IOException {
        return encoded(new BufferedImage(1024, 2, BufferedImage.TYPE_INT_RGB), "png");
    }

    static byte[] encoded(BufferedImage picture, String kind) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(picture, kind, out)) {
            throw new IOException("no writer for " + kind);
        }
        return out.toByteArray();
    }
}
