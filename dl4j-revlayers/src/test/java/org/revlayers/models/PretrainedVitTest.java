package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.weights.SafetensorsWriter;
import org.revlayers.weights.TensorInfo;
import org.revlayers.weights.TensorSource;

/** One small ViT under timm's and Hugging Face's names; no downloads. */
class PretrainedVitTest {

    private static final int DIM = 128;
    private static final int HIDDEN = 96;
    private static final int CLASSES = 3;

    @TempDir
    Path folder;

    private final Map<String, INDArray> timm = new LinkedHashMap<>();
    private final Map<String, INDArray> huggingFace = new LinkedHashMap<>();
    private final INDArray image = Nd4j.randn(DataType.FLOAT, 2, 3, 8, 8);

    private INDArray both(String timmName, String huggingFaceName, long... shape) {
        INDArray value = Nd4j.randn(DataType.FLOAT, shape).muli(0.2);
        timm.put(timmName, value);
        huggingFace.put(huggingFaceName, value);
        return value;
    }

    private void linear(String timmName, String huggingFaceName, long out, long in) {
        both(timmName + ".weight", huggingFaceName + ".weight", out, in);
        both(timmName + ".bias", huggingFaceName + ".bias", out);
    }

    private void norm(String timmName, String huggingFaceName) {
        both(timmName + ".weight", huggingFaceName + ".weight", DIM).addi(1);
        both(timmName + ".bias", huggingFaceName + ".bias", DIM);
    }

    @BeforeEach
    void makeWeights() {
        String e = "vit.embeddings.";
        both("cls_token", e + "cls_token", 1, 1, DIM);
        both("pos_embed", e + "position_embeddings", 1, 5, DIM);
        both("patch_embed.proj.weight", e + "patch_embeddings.projection.weight", DIM, 3, 4, 4);
        both("patch_embed.proj.bias", e + "patch_embeddings.projection.bias", DIM);
        norm("norm", "vit.layernorm");
        linear("head", "classifier", CLASSES, DIM);
        for (int i = 0; i < 2; i++) {
            String t = "blocks." + i + ".";
            String h = "vit.encoder.layer." + i + ".";
            norm(t + "norm1", h + "layernorm_before");
            norm(t + "norm2", h + "layernorm_after");
            linear(t + "attn.proj", h + "attention.output.dense", DIM, DIM);
            linear(t + "mlp.fc1", h + "intermediate.dense", HIDDEN, DIM);
            linear(t + "mlp.fc2", h + "output.dense", DIM, HIDDEN);
            INDArray[] weights = new INDArray[3];
            INDArray[] biases = new INDArray[3];
            String[] parts = {"query", "key", "value"};
            for (int p = 0; p < 3; p++) {
                weights[p] = Nd4j.randn(DataType.FLOAT, DIM, DIM).muli(0.2);
                biases[p] = Nd4j.randn(DataType.FLOAT, DIM).muli(0.2);
                huggingFace.put(h + "attention.attention." + parts[p] + ".weight", weights[p]);
                huggingFace.put(h + "attention.attention." + parts[p] + ".bias", biases[p]);
            }
            timm.put(t + "attn.qkv.weight", Nd4j.concat(0, weights));
            timm.put(t + "attn.qkv.bias", Nd4j.concat(0, biases));
        }
    }

    private TensorSource source(String name, Map<String, INDArray> tensors) throws Exception {
        Path file = folder.resolve(name + ".safetensors");
        SafetensorsWriter.write(file, tensors, TensorInfo.Type.F32, Map.of());
        return TensorSource.open(file);
    }

    @Test
    void bothNamesAndAllMethodsGiveTheSameNetwork() throws Exception {
        INDArray expected = null;
        for (Map.Entry<String, Map<String, INDArray>> names :
                Map.of("timm", timm, "hf", huggingFace).entrySet()) {
            try (TensorSource source = source(names.getKey(), names.getValue())) {
                for (Memory memory : List.of(
                        Memory.store(),
                        Memory.recompute(),
                        Memory.approx(),
                        Memory.offload(),
                        Memory.checkpoint().onDisk(true))) {
                    MultiLayerNetwork net = Pretrained.vit(source, CLASSES, 8, memory, new Sgd(0.1), 1);
                    INDArray y = net.output(image);
                    expected = expected == null ? y : expected;
                    // the two differ in the norms' eps, 1e-6 and 1e-12
                    assertEquals(0, y.sub(expected).amaxNumber().doubleValue(), 1e-4, names.getKey() + " " + memory);
                }
            }
        }
    }

    @Test
    void patchesClassTokenAndPositionsAreInPlace() throws Exception {
        try (TensorSource source = source("timm", timm)) {
            MultiLayerNetwork net = Pretrained.vit(source, CLASSES, 8, Memory.store(), new Sgd(0.1), 1);
            INDArray tokens = net.feedForward(image).get(1);
            INDArray position = timm.get("pos_embed").reshape(5, DIM);
            INDArray first = timm.get("cls_token").reshape(DIM).add(position.getRow(0));
            // row 1, column 0 of the grid
            INDArray patch = image.get(
                    NDArrayIndex.point(1),
                    NDArrayIndex.all(),
                    NDArrayIndex.interval(4, 8),
                    NDArrayIndex.interval(0, 4));
            for (int f = 0; f < DIM; f++) {
                assertEquals(first.getDouble(f), tokens.getDouble(1, 0, f), 1e-5);
                double expected = timm.get("patch_embed.proj.weight")
                                .slice(f)
                                .mul(patch)
                                .sumNumber()
                                .doubleValue()
                        + timm.get("patch_embed.proj.bias").getDouble(f)
                        + position.getDouble(3, f);
                assertEquals(expected, tokens.getDouble(1, 3, f), 1e-4);
            }
            assertEquals(
                    timm.get("head.weight").transpose().dup('c'),
                    net.getLayer("output").getParam("W").dup('c'));
        }
    }

    @Test
    void anotherSizeAndOtherClassesAreFitted() throws Exception {
        try (TensorSource source = source("hf", huggingFace)) {
            INDArray large = Nd4j.randn(DataType.FLOAT, 1, 3, 16, 16);
            MultiLayerNetwork plain = Pretrained.vit(source, 7, 16, Memory.store(), new Sgd(0.1), 1);
            MultiLayerNetwork approx = Pretrained.vit(source, 7, 16, Memory.approx(), new Sgd(0.1), 1);
            INDArray y = plain.output(large);
            assertArrayEquals(new long[] {1, 7}, y.shape());
            assertEquals(0, y.sub(approx.output(large)).amaxNumber().doubleValue(), 1e-4, "the same fresh head");
            assertThrows(
                    IllegalStateException.class, () -> Pretrained.vit(source, 7, 15, Memory.store(), new Sgd(0.1), 1));
        }
    }

    private static ActivationMemory activation(MultiLayerNetwork net, String block) {
        return ((TransformerBlock) net.getLayer(block).conf().getLayer()).getActivationMemory();
    }

    @Test
    void rulesOfSingleLayersCount() throws Exception {
        Memory memory = Memory.recompute().except("block0");
        try (TensorSource source = source("timm", timm)) {
            MultiLayerNetwork net = Pretrained.vit(source, CLASSES, 8, memory, new Sgd(0.1), 1);
            assertEquals(ActivationMemory.DENSE, activation(net, "block0"));
            assertEquals(ActivationMemory.RECOMPUTE, activation(net, "block1"));
        }
        VisionTransformer.Size size = VisionTransformer.Size.TI;
        assertThrows(
                IllegalArgumentException.class,
                () -> VisionTransformer.builder()
                        .size(size)
                        .memory(memory)
                        .build()
                        .init(),
                "one layer has no others");
    }
}
