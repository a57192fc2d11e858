package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.internal.text.Printable;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.internal.weights.HuggingFaceVit;
import org.revlayers.internal.weights.MiniLm;
import org.revlayers.internal.weights.TimmVit;
import org.revlayers.weights.TensorInfo;
import org.revlayers.weights.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect FILE}: what is in a model or weights file, and what each layer would keep for backward. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description =
                "Shows what is in a DL4J model (.zip) or a weights file (safetensors, ONNX, ORT, TensorFlow.js), and what"
                        + " each layer would keep for backward.")
public final class InspectCommand implements Callable<Integer> {

    private static final double MIB = 1 << 20;

    /** Characters of a tensor's name that are shown. */
    private static final int NAME = 100;

    @Parameters(paramLabel = "FILE", description = "the file")
    private Path file;

    @Option(names = "--batch", description = "examples in a step (default ${DEFAULT-VALUE})")
    private int batch = 8;

    @Option(
            names = "--tokens",
            description = "tokens per example, for models that do not fix them (default ${DEFAULT-VALUE})")
    private long tokens = 196;

    @Option(
            names = "--input",
            paramLabel = "SHAPE",
            converter = InputShapes.Converter.class,
            description =
                    "shape of an example, for models that do not tell it: FEATURES or TOKENS,FEATURES or"
                            + " CHANNELS,HEIGHT,WIDTH (volumes: CHANNELS,DEPTH,HEIGHT,WIDTH), for instance 3,224,224; once per input of a graph, in its order")
    private List<long[]> inputs = List.of();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (batch < 1 || tokens < 1) {
            throw new UsageException("--batch and --tokens must be at least 1, not " + batch + " and " + tokens);
        }
        ModelFile model = new ModelFile(file);
        PrintWriter out = spec.commandLine().getOut();
        if (model.isZip()) {
            model(model.configuration()).print(out, batch);
        } else {
            weights(out);
        }
        out.flush();
        return 0;
    }

    private ModelInspection model(String json) throws IOException {
        JsonNode root = new ObjectMapper().readTree(json);
        // a network's layers are all of one format
        CNN2DFormat images =
                json.contains("\"NHWC\"") || json.contains("\"NDHWC\"") ? CNN2DFormat.NHWC : CNN2DFormat.NCHW;
        InputShapes shapes = new InputShapes(inputs, tokens, images);
        if (root.has("confs")) {
            return ModelInspection.of(MultiLayerConfiguration.fromJson(json), shapes);
        }
        if (root.has("vertices")) {
            return ModelInspection.of(ComputationGraphConfiguration.fromJson(json), shapes);
        }
        throw new IllegalArgumentException(
                file + " has a configuration.json of neither a MultiLayerNetwork nor a ComputationGraph");
    }

    private void weights(PrintWriter out) throws IOException {
        try (TensorSource source = TensorSource.open(file)) {
            long bytes = 0;
            out.printf("%-72s %-6s %-20s %12s%n", "tensor", "type", "shape", "bytes");
            for (String name : source.names()) {
                TensorInfo info = source.info(name);
                bytes += info.bytes();
                out.printf(
                        "%-72s %-6s %-20s %12d%n",
                        Printable.of(name, NAME), info.type(), Arrays.toString(info.shape()), info.bytes());
            }
            out.printf(Locale.ROOT, "%d tensors, %.1f MiB, %s%n", source.names().size(), bytes / MIB, family(source));
        }
    }

    private static String family(TensorSource source) {
        return HuggingFaceVit.matches(source)
                ? "a ViT with Hugging Face names (finetune --model vit)"
                : TimmVit.matches(source)
                        ? "a ViT with timm names (finetune --model vit)"
                        : HieraTiny.matches(source)
                                ? "Hiera-Tiny (finetune --model hiera-tiny)"
                                : MiniLm.matches(source)
                                        ? "a BERT encoder (finetune --model minilm)"
                                        : "no model that revlayers loads";
    }
}
