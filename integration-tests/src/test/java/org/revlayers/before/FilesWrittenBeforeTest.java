package org.revlayers.before;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.Tolerances;

/**
 * Files that an earlier version wrote load, and compute what they computed then. Nothing here knows this library's classes: a file is loaded as a
 * user loads it. Of each {@code name.zip} (a network) or {@code name.sd.gz} (a graph), {@code name.bin.gz} has what goes in and what came out; of {@code
 * name.json.gz} what came out with the parameters of {@link SavedConfiguration}. Files are written by {@code org.revlayers.before.write}, and are not
 * written again.
 */
class FilesWrittenBeforeTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    static Path files() throws Exception {
        String other = System.getProperty("revlayers.before");
        URI own = FilesWrittenBeforeTest.class.getResource("/before").toURI();
        return other == null ? Path.of(own) : Path.of(other);
    }

    static Stream<String> names(String ending) throws Exception {
        try (Stream<Path> all = Files.list(files())) {
            return all
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    static Stream<String> networks() throws Exception {
        return names(".zip");
    }

    static Stream<String> configurations() throws Exception {
        return names(".json.gz");
    }

    static Stream<String> graphs() throws Exception {
        return names(".sd.gz");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void networkComputesTheSame(String name) throws Exception {
        Path file = files().resolve(name);
        JsonNode saved = configuration(file);
        boolean graph = saved.has("vertices");
        Model net = graph
                ? ModelSerializer.restoreComputationGraph(file.toFile(), true)
                : ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true);
        SavedConfiguration.keeps(
                saved,
                JSON.readTree(
                        net instanceof ComputationGraph g
                                ? g.getConfiguration().toJson()
                                : ((MultiLayerNetwork) net)
                                        .getLayerWiseConfigurations()
                                        .toJson()));
        Map<String, INDArray> then = then(name.replace(".zip", ".bin.gz"));
        same(then, Results.of(net, then));
    }

    private static JsonNode configuration(Path file) throws Exception {
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream in = zip.getInputStream(zip.getEntry("configuration.json"))) {
            return JSON.readTree(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void configurationBuildsTheSame(String name) throws Exception {
        String json = new String(unpacked(name), StandardCharsets.UTF_8);
        MultiLayerConfiguration conf = MultiLayerConfiguration.fromJson(json);
        SavedConfiguration.keeps(JSON.readTree(json), JSON.readTree(conf.toJson()));
        Map<String, INDArray> then = then(name.replace(".json.gz", ".bin.gz"));
        same(then, Results.of(SavedConfiguration.network(conf), then));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void graphComputesTheSame(String name) throws Exception {
        Path file = Files.write(folder.resolve("graph.sd"), unpacked(name));
        Map<String, INDArray> then = then(name.replace(".sd.gz", ".bin.gz"));
        same(then, Results.of(SameDiff.load(file.toFile(), true), then));
    }

    private static byte[] unpacked(String name) throws Exception {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(files().resolve(name)))) {
            return in.readAllBytes();
        }
    }

    private static Map<String, INDArray> then(String name) throws Exception {
        return SavedArrays.read(files().resolve(name));
    }

    /** Sums are of numbers of both signs: they may be off by what the sum of the magnitudes may be. */
    private static void same(Map<String, INDArray> then, Map<String, INDArray> now) {
        Map<String, INDArray> expected = new TreeMap<>(then);
        expected.keySet().removeIf(name -> name.startsWith("in/"));
        assertTrue(!expected.isEmpty(), "nothing to compare");
        assertEquals(expected.keySet(), now.keySet());
        expected.forEach((name, array) -> {
            assertArrayEquals(array.shape(), now.get(name).shape(), name);
            double most = Math.max(1e-3, array.amaxNumber().doubleValue());
            assertArrayEquals(
                    array.dup('c').data().asDouble(),
                    now.get(name).dup('c').data().asDouble(),
                    Tolerances.OTHER_KERNELS * most,
                    name);
        });
    }
}
