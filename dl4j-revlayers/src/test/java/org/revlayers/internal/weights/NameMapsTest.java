package org.revlayers.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.SafetensorsWriter;
import org.revlayers.weights.TensorInfo;
import org.revlayers.weights.TensorSource;

/** The same block under three naming schemes comes out the same; what is missing or too much is listed. */
class NameMapsTest {

    private static final int DIM = 4;
    private static final int HIDDEN = 6;

    @TempDir
    Path folder;

    private final Map<String, INDArray> tensors = new LinkedHashMap<>();
    private final VitBlockWeights[] blocks = {random(1), random(2)};

    private static VitBlockWeights random(long seed) {
        Nd4j.getRandom().setSeed(seed);
        return new VitBlockWeights(
                Nd4j.rand(DIM),
                Nd4j.rand(DIM),
                Nd4j.rand(DIM, 3 * DIM),
                Nd4j.rand(3 * DIM),
                Nd4j.rand(DIM, DIM),
                Nd4j.rand(DIM),
                Nd4j.rand(DIM),
                Nd4j.rand(DIM),
                Nd4j.rand(DIM, HIDDEN),
                Nd4j.rand(HIDDEN),
                Nd4j.rand(HIDDEN, DIM),
                Nd4j.rand(DIM));
    }

    @Test
    void huggingFaceVit() throws Exception {
        put("vit.embeddings.cls_token", 1, 1, DIM);
        put("vit.embeddings.position_embeddings", 1, 5, DIM);
        put("vit.embeddings.patch_embeddings.projection.weight", DIM, 3, 2, 2);
        put("vit.embeddings.patch_embeddings.projection.bias", DIM);
        put("vit.layernorm.weight", DIM);
        put("vit.layernorm.bias", DIM);
        put("vit.pooler.dense.weight", DIM, DIM);
        put("classifier.weight", 3, DIM);
        put("classifier.bias", 3);
        for (int i = 0; i < 2; i++) {
            String p = "vit.encoder.layer." + i + ".";
            threeParts(p + "attention.attention.", i);
            turned(p + "attention.output.dense", blocks[i].projW(), blocks[i].projB());
            turned(p + "intermediate.dense", blocks[i].fc1W(), blocks[i].fc1B());
            turned(p + "output.dense", blocks[i].fc2W(), blocks[i].fc2B());
            norms(p + "layernorm_before", p + "layernorm_after", i);
        }
        try (TensorSource source = write()) {
            assertTrue(HuggingFaceVit.matches(source) && !TimmVit.matches(source));
            HuggingFaceVit.check(source);
            assertEquals(2, HuggingFaceVit.depth(source));
            assertEquals(blocks[0], HuggingFaceVit.block(source, 0));
            assertEquals(blocks[1], HuggingFaceVit.block(source, 1));
            VitEmbeddings e = HuggingFaceVit.embeddings(source);
            assertEquals(tensors.get("classifier.weight").transpose(), e.headW());
            assertEquals(5, e.positions().size(0));
            assertEquals(2, e.patch());
            assertEquals(DIM, e.classToken().length());
        }
        tensors.remove("vit.encoder.layer.1.output.dense.bias");
        put("vit.encoder.layer.1.surprise", 2);
        try (TensorSource source = write()) {
            String message = assertThrows(WeightsFileException.class, () -> HuggingFaceVit.check(source))
                    .getMessage();
            assertTrue(message.contains("1 missing [vit.encoder.layer.1.output.dense.bias]"), message);
            assertTrue(message.contains("1 extra [vit.encoder.layer.1.surprise]"), message);
        }
    }

    @Test
    void timmVitWithoutClassToken() throws Exception {
        put("pos_embed", 1, 4, DIM);
        put("patch_embed.proj.weight", DIM, 3, 2, 2);
        put("patch_embed.proj.bias", DIM);
        put("fc_norm.weight", DIM);
        put("fc_norm.bias", DIM);
        for (int i = 0; i < 2; i++) {
            String p = "blocks." + i + ".";
            turned(p + "attn.qkv", blocks[i].qkvW(), blocks[i].qkvB());
            turned(p + "attn.proj", blocks[i].projW(), blocks[i].projB());
            turned(p + "mlp.fc1", blocks[i].fc1W(), blocks[i].fc1B());
            turned(p + "mlp.fc2", blocks[i].fc2W(), blocks[i].fc2B());
            norms(p + "norm1", p + "norm2", i);
        }
        try (TensorSource source = write()) {
            assertTrue(TimmVit.matches(source) && !HuggingFaceVit.matches(source));
            TimmVit.check(source);
            assertEquals(blocks[1], TimmVit.block(source, 1));
            assertNull(TimmVit.embeddings(source).classToken());
            assertNull(TimmVit.embeddings(source).headW());
            assertEquals(tensors.get("fc_norm.bias"), TimmVit.embeddings(source).finalBeta());
        }
    }

    @Test
    void bertByNamesAndByNumbers() throws Exception {
        put("embeddings.word_embeddings.weight", 9, DIM);
        put("embeddings.position_embeddings.weight", 7, DIM);
        put("embeddings.token_type_embeddings.weight", 2, DIM);
        put("embeddings.LayerNorm.weight", DIM);
        put("embeddings.LayerNorm.bias", DIM);
        for (int i = 0; i < 2; i++) {
            String p = "encoder.layer." + i + ".";
            threeParts(p + "attention.self.", i);
            turned(p + "attention.output.dense", blocks[i].projW(), blocks[i].projB());
            turned(p + "intermediate.dense", blocks[i].fc1W(), blocks[i].fc1B());
            turned(p + "output.dense", blocks[i].fc2W(), blocks[i].fc2B());
            norms(p + "attention.output.LayerNorm", p + "output.LayerNorm", i);
        }
        try (TensorSource source = write()) {
            MiniLm.check(source);
            assertEquals(blocks[1], MiniLm.block(source, 1));
            assertEquals(9, MiniLm.embeddings(source).words().size(0));
        }
        int number = 98; // so that order by number differs from order by name
        for (int i = 0; i < 2; i++) {
            for (String name : new String[] {
                "attention.self.query", "attention.self.key", "attention.self.value",
                "attention.output.dense", "intermediate.dense", "output.dense"
            }) {
                INDArray w = tensors.remove("encoder.layer." + i + "." + name + ".weight");
                tensors.put("onnx::MatMul_" + number++, w.transpose().dup('c'));
            }
        }
        try (TensorSource source = write()) {
            MiniLm.check(source);
            assertEquals(blocks[0], MiniLm.block(source, 0));
            assertEquals(blocks[1], MiniLm.block(source, 1));
        }
        tensors.remove("onnx::MatMul_109");
        try (TensorSource source = write()) {
            String message = assertThrows(WeightsFileException.class, () -> MiniLm.check(source))
                    .getMessage();
            assertTrue(message.contains("number 12 of 12"), message);
        }
    }

    @Test
    void anotherModelIsNamed() throws Exception {
        put("something", 2);
        try (TensorSource source = write()) {
            assertThrows(IllegalArgumentException.class, () -> HuggingFaceVit.block(source, 0));
            String message = assertThrows(WeightsFileException.class, () -> HieraTiny.check(source))
                    .getMessage();
            assertTrue(message.contains("missing") && message.contains("patch_embed.proj.weight"), message);
        }
    }

    @Test
    void shapesAreChecked() {
        VitBlockWeights b = blocks[0];
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new VitBlockWeights(
                                b.norm1Gamma(),
                                b.norm1Beta(),
                                b.qkvW().transpose(),
                                b.qkvB(),
                                b.projW(),
                                b.projB(),
                                b.norm2Gamma(),
                                b.norm2Beta(),
                                b.fc1W(),
                                b.fc1B(),
                                b.fc2W(),
                                b.fc2B()))
                .getMessage();
        assertTrue(message.contains("qkvW must have the shape [4, 12], it has [12, 4]"), message);
    }

    private void put(String name, long... shape) {
        tensors.put(name, Nd4j.rand(shape));
    }

    private void turned(String name, INDArray w, INDArray b) {
        tensors.put(name + ".weight", w.transpose());
        tensors.put(name + ".bias", b);
    }

    private void threeParts(String prefix, int i) {
        String[] names = {"query", "key", "value"};
        for (int j = 0; j < 3; j++) {
            int from = j * DIM;
            turned(
                    prefix + names[j],
                    blocks[i].qkvW().getColumns(from, from + 1, from + 2, from + 3),
                    blocks[i].qkvB().get(NDArrayIndex.interval(from, from + DIM)));
        }
    }

    private void norms(String first, String second, int i) {
        tensors.put(first + ".weight", blocks[i].norm1Gamma());
        tensors.put(first + ".bias", blocks[i].norm1Beta());
        tensors.put(second + ".weight", blocks[i].norm2Gamma());
        tensors.put(second + ".bias", blocks[i].norm2Beta());
    }

    private TensorSource write() throws IOException {
        Path file = folder.resolve("m.safetensors");
        SafetensorsWriter.write(file, tensors, TensorInfo.Type.F32, Map.of());
        return TensorSource.open(file);
    }
}
