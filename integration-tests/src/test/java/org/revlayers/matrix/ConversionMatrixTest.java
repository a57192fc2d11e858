package org.revlayers.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.matrix.ConversionWay.copy;
import static org.revlayers.matrix.ConversionWay.fit;
import static org.revlayers.matrix.ConversionWay.output;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.matrix.NamedNetwork.Trait;
import org.revlayers.memory.MemoryReport;

/**
 * Every network by every way: converted, it computes the same, has the same gradients where they are exact, trains, keeps what is predicted, and
 * comes back from a file, from its clone and from its conversion.
 */
class ConversionMatrixTest {

    @TempDir
    private Path folder;

    /** In DOUBLE what is exact shows; FLOAT has streams of integers. */
    private static Stream<Arguments> cells(Stream<NamedNetwork> networks) {
        return networks.flatMap(
                net -> Stream.of(ConversionWay.values()).flatMap(way -> Stream.of(DataType.DOUBLE, DataType.FLOAT)
                        .filter(type -> type == DataType.DOUBLE || net.is(Trait.LARGE) || !way.exact)
                        .map(type -> Arguments.of(net, way, type))));
    }

    private static Stream<NamedNetwork> catalogue() {
        return Stream.of(
                        ImageNetworks.all(),
                        GraphNetworks.all(),
                        SequenceNetworks.all(),
                        ListNetworks.all(),
                        ZooNetworks.all())
                .flatMap(List::stream);
    }

    static Stream<Arguments> small() {
        return cells(catalogue().filter(net -> !net.is(Trait.LARGE)));
    }

    static Stream<Arguments> large() {
        return cells(catalogue().filter(net -> net.is(Trait.LARGE))).filter(cell -> cell.get()[2] == DataType.FLOAT);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("small")
    void convertsTrainsAndComesBack(NamedNetwork named, ConversionWay way, DataType type) throws Exception {
        cell(named, way, type);
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("large")
    void largeNetworksDoToo(NamedNetwork named, ConversionWay way, DataType type) throws Exception {
        cell(named, way, type);
    }

    /** A cell leaves some ten networks to the collector, which sees what little of them is on the heap: eight ways of AlexNet left 2.9 GB, and 1.9 with this. */
    @AfterEach
    void collect(TestInfo test) {
        if (test.getTags().contains("slow")) {
            System.gc();
        }
    }

    private void cell(NamedNetwork named, ConversionWay way, DataType type) throws Exception {
        MultiDataSet data = named.data(type);
        Model net = named.network(type);
        if (!named.is(Trait.INFERENCE)) {
            fit(net, data); // running statistics of the data
        }
        if (way.refuses(named)) {
            var refusal = assertThrows(IllegalArgumentException.class, () -> way.convert(net));
            assertTrue(refusal.getMessage().startsWith("nothing to convert"), refusal.getMessage());
            return;
        }
        Map<String, INDArray> params = byName(net);
        INDArray[] expected = output(net, false, data);
        Model converted = way.convert(net).network();
        String report = way.convert(net, named.features(type)).report();
        assertFalse(report.contains("NaN") || report.contains("unknown"), report);
        same(params, byName(net), "parameters of the network that was given");
        if (way.keepsOutputs()) {
            near(expected, output(converted, false, data), tolerance(type), "inference");
        }
        if (way.exact && !named.is(Trait.RANDOM) && !named.is(Trait.INFERENCE)) {
            near(output(copy(net), true, data), output(copy(converted), true, data), tolerance(type), "training");
        }
        comesBack(named, way, type, converted, params, expected);
        if (!named.is(Trait.INFERENCE)) {
            trains(named, way, type, net, converted);
        }
    }

    private void comesBack(
            NamedNetwork named,
            ConversionWay way,
            DataType type,
            Model converted,
            Map<String, INDArray> params,
            INDArray... expected)
            throws Exception {
        MultiDataSet data = named.data(type);
        INDArray[] of = output(converted, false, data);
        near(of, output(copy(converted), false, data), 0, "clone");
        var file = folder.resolve("model.zip").toFile();
        ModelSerializer.writeModel(converted, file, true);
        Model loaded = converted instanceof MultiLayerNetwork
                ? ModelSerializer.restoreMultiLayerNetwork(file, true)
                : ModelSerializer.restoreComputationGraph(file, true);
        near(of, output(loaded, false, data), 0, "model file");
        Model plain = way.restore(loaded);
        same(params, byName(plain), "parameters restored");
        near(expected, output(plain, false, data), 0, "restored");
    }

    /** With plain SGD a step is the gradient: after one the restored network has the plain one's parameters. */
    private static void trains(NamedNetwork named, ConversionWay way, DataType type, Model net, Model converted) {
        MultiDataSet data = named.data(type);
        INDArray before = net.params().dup();
        Model quiet = copy(converted);
        Model listened = copy(converted); // before a listener is set: M2.1's clones of graphs share their listeners
        fit(quiet, data);
        assertTrue(Double.isFinite(quiet.params().sumNumber().doubleValue()), "finite after a step");
        if (way.exact && !named.is(Trait.RANDOM)) {
            Model plain = copy(net);
            fit(plain, data);
            double scale = plain.params().sub(before).amaxNumber().doubleValue();
            Map<String, INDArray> restored = byName(way.restore(quiet));
            byName(plain)
                    .forEach((name, expected) -> close(
                            expected,
                            restored.get(name),
                            (type == DataType.DOUBLE ? 1e-7 : 2e-2) * scale,
                            "gradient of " + name));
        }
        MemoryListener memory = new MemoryListener();
        ConversionWay.listen(listened, memory);
        fit(listened, data);
        close(quiet.params(), listened.params(), 0, "a listener changes nothing");
        List<MemoryReport.Row> wrong = new ArrayList<>();
        for (MemoryReport.Row row : memory.report().rows()) {
            boolean ours = !List.of("output", "workspace").contains(row.category());
            if (row.predicted() >= 0 ? row.predicted() != row.bytes() : ours && row.bytes() > 0) {
                wrong.add(row);
            }
        }
        assertEquals(List.of(), wrong, "predicted is not measured");
    }

    /** Copies of the parameters: a restored graph may have them in another order. */
    private static Map<String, INDArray> byName(Model net) {
        Map<String, INDArray> params = new LinkedHashMap<>();
        net.paramTable().forEach((name, array) -> params.put(name, array.dup()));
        return params;
    }

    private static void same(Map<String, INDArray> expected, Map<String, INDArray> actual, String what) {
        assertEquals(expected.keySet(), actual.keySet(), what);
        expected.forEach((name, array) -> close(array, actual.get(name), 0, what + ": " + name));
    }

    private static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-9 : 1e-4;
    }

    private static void near(INDArray[] expected, INDArray[] actual, double relative, String what) {
        for (int i = 0; i < expected.length; i++) {
            double largest = Math.max(1e-12, expected[i].amaxNumber().doubleValue());
            close(expected[i], actual[i], relative * largest, what + " " + i);
        }
    }

    private static void close(INDArray expected, INDArray actual, double tolerance, String what) {
        assertArrayEquals(expected.shape(), actual.shape(), what + ": shapes");
        assertArrayEquals(
                expected.dup('c').data().asDouble(), actual.dup('c').data().asDouble(), tolerance, what);
    }
}
