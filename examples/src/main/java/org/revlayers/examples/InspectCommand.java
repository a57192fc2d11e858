package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.layers.KeptTensor;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenLayer;
import org.revlayers.weights.HieraTiny;
import org.revlayers.weights.HuggingFaceVit;
import org.revlayers.weights.MiniLm;
import org.revlayers.weights.TensorInfo;
import org.revlayers.weights.TensorSource;
import org.revlayers.weights.TimmVit;
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
                "Shows what is in a DL4J model (.zip) or a weights file (safetensors, ONNX, ORT), and what each layer"
                        + " would keep for backward.")
public final class InspectCommand implements Callable<Integer> {

    private static final double MIB = 1 << 20;

    @Parameters(paramLabel = "FILE", description = "the file")
    private Path file;

    @Option(names = "--batch", description = "examples in a step (default ${DEFAULT-VALUE})")
    private int batch = 8;

    @Option(
            names = "--tokens",
            description = "tokens per example, for models that do not fix them (default ${DEFAULT-VALUE})")
    private long tokens = 196;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no file " + file + " to inspect");
        }
        PrintWriter out = spec.commandLine().getOut();
        String json = modelJson();
        if (json == null) {
            weights(out);
        } else if (json.contains("\"confs\"")) {
            model(MultiLayerConfiguration.fromJson(json), out);
        } else {
            throw new IllegalArgumentException(
                    file + " is a ComputationGraph; inspect reads MultiLayerNetworks and weights files");
        }
        out.flush();
        return 0;
    }

    /** The configuration inside a DL4J model file; null if it is none. */
    private String modelJson() throws IOException {
        byte[] start = new byte[2];
        try (var in = Files.newInputStream(file)) {
            if (in.read(start) < 2 || start[0] != 'P' || start[1] != 'K') {
                return null;
            }
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            var entry = zip.getEntry("configuration.json");
            if (entry == null) {
                throw new IllegalArgumentException(file + " is a zip file without configuration.json: no DL4J model");
            }
            return new String(zip.getInputStream(entry).readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    private void weights(PrintWriter out) throws IOException {
        try (TensorSource source = TensorSource.open(file)) {
            long bytes = 0;
            out.printf("%-72s %-6s %-20s %12s%n", "tensor", "type", "shape", "bytes");
            for (String name : source.names()) {
                TensorInfo info = source.info(name);
                bytes += info.bytes();
                out.printf("%-72s %-6s %-20s %12d%n", name, info.type(), Arrays.toString(info.shape()), info.bytes());
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

    private void model(MultiLayerConfiguration conf, PrintWriter out) {
        InputType type = null;
        long all = 0;
        out.printf("%-14s %-24s %12s %10s  %s%n", "layer", "kind", "parameters", "kept MiB", "kept for backward");
        for (int i = 0; i < conf.getConfs().size(); i++) {
            NeuralNetConfiguration one = conf.getConf(i);
            Layer layer = one.getLayer();
            type = type == null ? first(layer) : type;
            if (conf.getInputPreProcess(i) != null) {
                type = conf.getInputPreProcess(i).getOutputType(type);
            }
            List<KeptTensor> kept = layer instanceof TokenLayer t ? t.predictKept(type) : List.of();
            InputType output = layer.getOutputType(i, type);
            long own = kept.stream().mapToLong(k -> k.bytes(batch, Float.BYTES)).sum()
                    + output.arrayElementsPerExample() * batch * Float.BYTES;
            all += own;
            StringBuilder tensors = new StringBuilder("output");
            kept.forEach(k -> tensors.append(", ")
                    .append(k.name())
                    .append(' ')
                    .append(k.form().name().toLowerCase(Locale.ROOT)));
            out.printf(
                    Locale.ROOT,
                    "%-14s %-24s %12d %10.2f  %s%n",
                    layer.getLayerName() == null ? Integer.toString(i) : layer.getLayerName(),
                    layer.getClass().getSimpleName(),
                    layer.initializer().numParams(layer),
                    own / MIB,
                    tensors);
            type = output;
        }
        out.printf(Locale.ROOT, "%.1f MiB for backward in fp32 with batch %d (predicted)%n", all / MIB, batch);
    }

    private InputType first(Layer layer) {
        if (layer instanceof PatchEmbedding p) {
            return InputType.convolutional(p.getHeight(), p.getWidth(), p.getNIn());
        }
        if (layer instanceof TokenLayer t) {
            return InputType.recurrent(t.getNIn(), tokens, RNNFormat.NWC);
        }
        if (layer instanceof FeedForwardLayer f) {
            return InputType.feedForward(f.getNIn());
        }
        throw new IllegalArgumentException(
                "the first layer, " + layer.getClass().getSimpleName()
                        + ", does not tell the input's shape; inspect reads networks that begin with a revlayers layer");
    }
}
