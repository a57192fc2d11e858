package org.revlayers.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.weights.SafetensorsWriter;
import org.revlayers.weights.TensorInfo;

/** A ViT with random weights for images of 32 pixels, under timm's and Hugging Face's names. */
public final class TinyVit {

    static final int DIM = 64;
    static final int HIDDEN = 128;
    static final int TOKENS = 5;
    private static final int PATCH = 16;
    private static final int CLASSES = 7;
    private static final double SPREAD = 0.05;

    private final Map<String, INDArray> timm = new LinkedHashMap<>();
    private final Map<String, INDArray> huggingFace = new LinkedHashMap<>();

    /** Of two blocks. */
    public TinyVit() {
        this(2);
    }

    /** Draws the weights. */
    TinyVit(int blocks) {
        Nd4j.getRandom().setSeed(3);
        String e = "vit.embeddings.";
        both("cls_token", e + "cls_token", random(1, 1, DIM));
        both("pos_embed", e + "position_embeddings", random(1, TOKENS, DIM));
        String projection = e + "patch_embeddings.projection";
        both("patch_embed.proj.weight", projection + ".weight", random(DIM, 3, PATCH, PATCH));
        both("patch_embed.proj.bias", projection + ".bias", random(DIM));
        norm("norm", "vit.layernorm");
        linear("head", "classifier", CLASSES, DIM);
        for (int i = 0; i < blocks; i++) {
            block("blocks." + i + ".", "vit.encoder.layer." + i + ".");
        }
    }

    private void block(String t, String h) {
        norm(t + "norm1", h + "layernorm_before");
        norm(t + "norm2", h + "layernorm_after");
        linear(t + "attn.proj", h + "attention.output.dense", DIM, DIM);
        linear(t + "mlp.fc1", h + "intermediate.dense", HIDDEN, DIM);
        linear(t + "mlp.fc2", h + "output.dense", DIM, HIDDEN);
        INDArray[] weights = {random(DIM, DIM), random(DIM, DIM), random(DIM, DIM)};
        INDArray[] biases = {random(DIM), random(DIM), random(DIM)};
        String[] parts = {"query", "key", "value"};
        for (int p = 0; p < parts.length; p++) {
            huggingFace.put(h + "attention.attention." + parts[p] + ".weight", weights[p]);
            huggingFace.put(h + "attention.attention." + parts[p] + ".bias", biases[p]);
        }
        timm.put(t + "attn.qkv.weight", Nd4j.concat(0, weights));
        timm.put(t + "attn.qkv.bias", Nd4j.concat(0, biases));
    }

    private static INDArray random(long... shape) {
        return Nd4j.randn(DataType.FLOAT, shape).muli(SPREAD);
    }

    private void both(String timmName, String huggingFaceName, INDArray value) {
        timm.put(timmName, value);
        huggingFace.put(huggingFaceName, value);
    }

    private void norm(String timmName, String huggingFaceName) {
        both(timmName + ".weight", huggingFaceName + ".weight", random(DIM).addi(1));
        both(timmName + ".bias", huggingFaceName + ".bias", random(DIM));
    }

    private void linear(String timmName, String huggingFaceName, long out, long in) {
        both(timmName + ".weight", huggingFaceName + ".weight", random(out, in));
        both(timmName + ".bias", huggingFaceName + ".bias", random(out));
    }

    /** In fp32. */
    public Path writeTimm(Path file) throws IOException {
        SafetensorsWriter.write(file, timm, TensorInfo.Type.F32, Map.of());
        return file;
    }

    /** In fp16. */
    public Path writeHuggingFace(Path file) throws IOException {
        SafetensorsWriter.write(file, huggingFace, TensorInfo.Type.F16, Map.of());
        return file;
    }
}
