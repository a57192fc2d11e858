package org.revlayers.internal.files;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;

/**
 * A DL4J model file from anywhere. {@link ModelSerializer} runs code of the file's choice (a Java-serialised preprocessor), unpacks without
 * a limit and takes array headers at their word; this reads what it would, checked.
 */
public final class ModelZip {

    private static final String REMEDY = "save the model again, or get the file again";
    private static final long FREE = 64L << 20;
    private static final long RATIO = 200;

    private static final int BUFFER = 1 << 16;

    /** What a network is in its file; other entries, such as a normalizer, are not the network's own. */
    public static final Set<String> ENTRIES = Set.of(
            ModelSerializer.CONFIGURATION_JSON,
            ModelSerializer.COEFFICIENTS_BIN,
            ModelSerializer.UPDATER_BIN,
            ModelSerializer.NO_PARAMS_MARKER);

    private ModelZip() {}

    /** Whether the file begins as a zip file does. */
    public static boolean isZip(Path file) throws IOException {
        byte[] start = new byte[2];
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(start, 0, 2) == 2 && start[0] == 'P' && start[1] == 'K';
        }
    }

    /** Writes a network's own entries as {@link ModelSerializer} does, with the updater's state; others can follow. */
    public static void write(ZipOutputStream zip, Model model) throws IOException {
        String json = model instanceof MultiLayerNetwork net
                ? net.getLayerWiseConfigurations().toJson()
                : ((ComputationGraph) model).getConfiguration().toJson();
        zip.putNextEntry(new ZipEntry(ModelSerializer.CONFIGURATION_JSON));
        zip.write(json.getBytes(StandardCharsets.UTF_8));
        zip.putNextEntry(new ZipEntry(ModelSerializer.COEFFICIENTS_BIN));
        if (model.params() != null) {
            write(zip, model.params());
        } else {
            zip.putNextEntry(new ZipEntry(ModelSerializer.NO_PARAMS_MARKER));
        }
        INDArray state = ((NeuralNetwork) model).updaterState();
        if (state != null && state.length() > 0) {
            zip.putNextEntry(new ZipEntry(ModelSerializer.UPDATER_BIN));
            write(zip, state);
        }
    }

    private static void write(ZipOutputStream zip, INDArray values) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(zip, BUFFER));
        Nd4j.write(values, out);
        out.flush();
    }

    /** The configuration's JSON, checked to be JSON of one of DL4J's two networks. */
    public static String configuration(Path file) throws IOException {
        return ForeignFile.read(
                file, REMEDY, () -> text(file, entries(file, Set.of(ModelSerializer.CONFIGURATION_JSON))));
    }

    /** The network with its updater's state. */
    public static Model load(Path file) throws IOException {
        return load(file, s -> s);
    }

    /**
     * The same of another configuration.
     *
     * @param configuration makes it of the file's
     */
    public static Model load(Path file, UnaryOperator<String> configuration) throws IOException {
        return ForeignFile.read(file, REMEDY, () -> {
            Map<String, byte[]> entries = entries(file, ENTRIES);
            String json = configuration.apply(text(file, entries));
            INDArray params = array(file, entries, ModelSerializer.COEFFICIENTS_BIN);
            INDArray state = array(file, entries, ModelSerializer.UPDATER_BIN);
            if (params == null && !entries.containsKey(ModelSerializer.NO_PARAMS_MARKER)) {
                throw new WeightsFileException(file, "has no " + ModelSerializer.COEFFICIENTS_BIN, REMEDY);
            }
            if (StrictJson.parse(file, "configuration.json", json.getBytes(StandardCharsets.UTF_8), REMEDY)
                    .has("confs")) {
                MultiLayerConfiguration conf = MultiLayerConfiguration.fromJson(json);
                if (params != null) {
                    conf.setDataType(params.dataType());
                }
                MultiLayerNetwork net = new MultiLayerNetwork(conf);
                net.init(params, false);
                parameters(file, params, net.numParams());
                if (state != null) {
                    net.getUpdater().setStateViewArray(net, state, false);
                }
                return net;
            }
            ComputationGraphConfiguration conf = ComputationGraphConfiguration.fromJson(json);
            if (params != null) {
                conf.setDataType(params.dataType());
            }
            ComputationGraph net = new ComputationGraph(conf);
            net.init(params, false);
            parameters(file, params, net.numParams());
            if (state != null) {
                net.getUpdater().setStateViewArray(state);
            }
            return net;
        });
    }

    private static void parameters(Path file, INDArray params, long expected) throws WeightsFileException {
        if (params == null && expected > 0) {
            throw new WeightsFileException(file, "has none of its " + expected + " parameters", REMEDY);
        }
    }

    private static String text(Path file, Map<String, byte[]> entries) throws IOException {
        byte[] bytes = entries.get(ModelSerializer.CONFIGURATION_JSON);
        if (bytes == null) {
            throw new WeightsFileException(file, "is a zip file without configuration.json: no DL4J model", REMEDY);
        }
        JsonNode root = StrictJson.parse(file, ModelSerializer.CONFIGURATION_JSON, bytes, REMEDY);
        if (!root.path("confs").isArray() && !root.path("vertices").isObject()
                || root.has("confs") && root.has("vertices")) {
            throw new WeightsFileException(
                    file, "has a configuration.json of neither a MultiLayerNetwork nor a ComputationGraph", REMEDY);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static INDArray array(Path file, Map<String, byte[]> entries, String name) throws IOException {
        byte[] bytes = entries.get(name);
        return bytes == null || bytes.length == 0 ? null : SavedArray.read(file, name, bytes, REMEDY);
    }

    private static Map<String, byte[]> entries(Path file, Set<String> wanted) throws IOException {
        if (!isZip(file)) {
            throw new WeightsFileException(file, "is no zip file, so no DL4J model", REMEDY);
        }
        Map<String, byte[]> found = new HashMap<>();
        long left = FREE + RATIO * Files.size(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (String name : wanted) {
                ZipEntry entry = zip.getEntry(name);
                if (entry != null) {
                    try (InputStream in = zip.getInputStream(entry)) {
                        found.put(name, ForeignFile.atMost(file, name, in, left));
                    }
                    left -= found.get(name).length;
                }
            }
        }
        return found;
    }
}
