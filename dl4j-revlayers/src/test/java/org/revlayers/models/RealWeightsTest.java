package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.InputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.internal.weights.BertEmbeddings;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.internal.weights.MiniLm;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.text.WordPiece;
import org.revlayers.weights.TensorSource;

/** Downloaded weights against the reference that src/test/reference computed; needs 270 MB of downloads. */
@Tag("slow")
class RealWeightsTest {

    /** Ten blocks of fp32 against double: seen 2e-6, values up to 10. */
    private static final double TOLERANCE = 1e-5;

    private final Fetch fetch = Fetch.standard(FetchProgress.SILENT);

    @Test
    void hieraTinyGivesTheReferenceOutputs() throws Exception {
        JsonNode reference = reference("hiera-tiny-224.json");
        try (TensorSource source = TensorSource.open(
                fetch.file(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort"))) {
            HieraTinyFeatures features = HieraTinyFeatures.load(source);
            INDArray image = image(224);
            compare(reference.get("stem"), features.stem(image));
            INDArray two = features.forward(Nd4j.concat(0, image, image));
            assertArrayEquals(new long[] {2, 196, 384}, two.shape());
            assertEquals(two.slice(0), two.slice(1), "images of a batch do not meet");
            INDArray x = two.slice(0).dup('c');
            compare(reference.get("block3"), HostArrays.floats(x));
            for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
                x = new HieraBlock(source, i, 14, HieraTiny.HEADS, false).forward(x);
                compare(reference.get("block" + i), HostArrays.floats(x));
                VitBlockWeights w = HieraTiny.block(source, i);
                assertEquals(1536, w.hidden());
            }
            compare(reference.get("block3at128"), HostArrays.floats(features.forward(image(128))));
            assertThrows(IllegalArgumentException.class, () -> features.forward(image(100)));
            assertThrows(IllegalArgumentException.class, () -> HieraTiny.block(source, 3));
        }
    }

    @Test
    void miniLmGivesTheKnownSimilarity() throws Exception {
        JsonNode reference = reference("minilm.json");
        WordPiece tokenizer = WordPiece.read(fetch.file(Artifacts.MINILM, "all-minilm-l6-v2-tokenizer.json"));
        try (TensorSource source = TensorSource.open(fetch.file(Artifacts.MINILM, "all-minilm-l6-v2.onnx"))) {
            MiniLm.check(source);
            INDArray[] embeddings = new INDArray[2];
            for (int s = 0; s < 2; s++) {
                JsonNode sentence = reference.get("sentences").get(s);
                int[] ids = tokenizer.encode(sentence.get("text").asText(), 512);
                assertArrayEquals(new ObjectMapper().treeToValue(sentence.get("ids"), int[].class), ids);
                embeddings[s] = embed(source, ids, sentence.get("layers"));
                for (int i = 0; i < 384; i++) {
                    assertEquals(sentence.get("embedding").get(i).asDouble(), embeddings[s].getDouble(i), TOLERANCE);
                }
            }
            double cosine = embeddings[0].mul(embeddings[1]).sumNumber().doubleValue();
            assertEquals(0.755, cosine, 5e-4);
            assertEquals(reference.get("cosine").asDouble(), cosine, TOLERANCE);
        }
    }

    @Test
    void halfPrecisionSafetensorsHoldTheSameMiniLm() throws Exception {
        try (TensorSource onnx = TensorSource.open(fetch.file(Artifacts.MINILM, "all-minilm-l6-v2.onnx"));
                TensorSource half =
                        TensorSource.open(fetch.file(Artifacts.MINILM_FP16, "model/model.fp16.safetensors"))) {
            MiniLm.check(half);
            assertEquals(6, MiniLm.depth(half));
            for (int i = 0; i < 6; i++) {
                VitBlockWeights a = MiniLm.block(onnx, i);
                VitBlockWeights b = MiniLm.block(half, i);
                // half has 11 bits: 1e-3 for weights up to 2
                assertEquals(0, a.qkvW().sub(b.qkvW()).amaxNumber().doubleValue(), 1e-3);
                assertEquals(0, a.projW().sub(b.projW()).amaxNumber().doubleValue(), 1e-3);
                assertEquals(0, a.fc1W().sub(b.fc1W()).amaxNumber().doubleValue(), 1e-3);
                assertEquals(0, a.fc2W().sub(b.fc2W()).amaxNumber().doubleValue(), 1e-3);
            }
        }
    }

    /** A plain post-LN encoder in double precision; mean-pooled, of length 1. */
    private static INDArray embed(TensorSource source, int[] ids, JsonNode layers) {
        BertEmbeddings e = MiniLm.embeddings(source);
        INDArray words = Nd4j.pullRows(e.words(), 1, ids).castTo(DataType.DOUBLE);
        INDArray x = words.add(Nd4j.pullRows(
                                e.positions(), 1, IntStream.range(0, ids.length).toArray())
                        .castTo(DataType.DOUBLE))
                .addRowVector(e.tokenTypes().getRow(0).castTo(DataType.DOUBLE));
        x = norm(x, e.gamma(), e.beta());
        compare(layers.get(0), x.castTo(DataType.FLOAT).data().asFloat());
        int heads = 384 / MiniLm.HEAD;
        for (int i = 0; i < 6; i++) {
            VitBlockWeights w = MiniLm.block(source, i);
            INDArray qkv = linear(x, w.qkvW(), w.qkvB());
            INDArray[] mixed = new INDArray[heads];
            for (int h = 0; h < heads; h++) {
                INDArray q = columns(qkv, h * MiniLm.HEAD);
                INDArray k = columns(qkv, 384 + h * MiniLm.HEAD);
                INDArray v = columns(qkv, 768 + h * MiniLm.HEAD);
                INDArray p = Transforms.exp(q.mmul(k.transpose()).divi(Math.sqrt(MiniLm.HEAD)));
                mixed[h] = p.diviColumnVector(p.sum(1)).mmul(v);
            }
            x = norm(x.add(linear(Nd4j.concat(1, mixed), w.projW(), w.projB())), w.norm1Gamma(), w.norm1Beta());
            INDArray hidden = linear(x, w.fc1W(), w.fc1B());
            INDArray gelu = hidden.mul(erf(hidden.mul(Math.sqrt(0.5))).addi(1)).muli(0.5);
            x = norm(x.add(linear(gelu, w.fc2W(), w.fc2B())), w.norm2Gamma(), w.norm2Beta());
            compare(layers.get(i + 1), x.castTo(DataType.FLOAT).dup('c').data().asFloat());
        }
        INDArray pooled = x.mean(0);
        return pooled.div(pooled.norm2Number());
    }

    private static INDArray erf(INDArray x) {
        return Nd4j.exec(new Erf(x, x.ulike()));
    }

    private static INDArray columns(INDArray x, int from) {
        return x.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + MiniLm.HEAD));
    }

    private static INDArray linear(INDArray x, INDArray w, INDArray b) {
        return x.mmul(w.castTo(DataType.DOUBLE)).addiRowVector(b.castTo(DataType.DOUBLE));
    }

    private static INDArray norm(INDArray x, INDArray gamma, INDArray beta) {
        INDArray centred = x.subColumnVector(x.mean(1));
        INDArray deviation = Transforms.sqrt(centred.mul(centred).mean(1).addi(MiniLm.EPS));
        return centred.diviColumnVector(deviation)
                .muliRowVector(gamma.castTo(DataType.DOUBLE))
                .addiRowVector(beta.castTo(DataType.DOUBLE));
    }

    private static void compare(JsonNode sample, float[] values) {
        for (int i = 0; i < sample.get("index").size(); i++) {
            int at = sample.get("index").get(i).asInt();
            assertEquals(sample.get("value").get(i).asDouble(), values[at], TOLERANCE, () -> "at " + at);
        }
    }

    static INDArray image(int side) {
        double[] out = new double[3 * side * side];
        for (int i = 0; i < out.length; i++) {
            int c = i / (side * side);
            int y = i / side % side;
            int x = i % side;
            out[i] = Math.sin(0.05 * x * (c + 1) + 0.03 * y) + 0.5 * Math.cos(0.11 * y - 0.02 * x * c);
        }
        return Nd4j.create(out, new long[] {1, 3, side, side}, 'c').castTo(DataType.FLOAT);
    }

    private static JsonNode reference(String name) throws Exception {
        try (InputStream in = RealWeightsTest.class.getResourceAsStream("/reference/" + name)) {
            return new ObjectMapper().readTree(in);
        }
    }
}
