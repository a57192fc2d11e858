package org.revlayers.internal.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.internal.kernel.device.Devices;

/** Which library computes products: what the property asks for, or the fastest, measured once and kept. */
class GemmChoiceTest {

    @TempDir
    private Path folder;

    private int measured;

    /** One that is there and is never asked for a product. */
    private record Named(String name) implements GemmProvider {
        @Override
        public void multiply(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, boolean accumulate) {
            throw new AssertionError("no product is asked for");
        }
    }

    private static GemmProvider open(GemmLibrary library, Set<GemmLibrary> there) {
        if (!there.contains(library)) {
            throw new NoClassDefFoundError("of " + library);
        }
        return new Named(library.word());
    }

    /** The choice on a machine with these libraries, which take so much of ND4J's time. */
    private String chosen(String wanted, Path where, Map<GemmLibrary, Double> overNd4j) {
        return new GemmChoice(
                        library -> open(library, overNd4j.keySet()),
                        there -> {
                            measured++;
                            assertEquals(overNd4j.keySet(), there.keySet());
                            return overNd4j;
                        },
                        where)
                .of(wanted)
                .name();
    }

    private static Map<GemmLibrary, Double> machine(double mkl, double onednn) {
        return new EnumMap<>(Map.of(GemmLibrary.MKL, mkl, GemmLibrary.ONEDNN, onednn, GemmLibrary.ND4J, 1.0));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    @DisplayName("the property names a library, which is not measured")
    void theOneThatIsNamed() throws IOException {
        for (GemmLibrary library : GemmLibrary.values()) {
            assertEquals(library.word(), chosen(library.word(), folder, machine(2, 2)));
        }
        assertEquals(0, measured);
        assertEquals(List.of(), files());
    }

    @Test
    @DisplayName("any other word is refused, with the words there are")
    void anotherWordIsRefused() {
        for (String word : List.of("openblas", "", "MKL", "auto ")) {
            Exception error = assertThrows(IllegalArgumentException.class, () -> chosen(word, folder, machine(1, 1)));
            assertEquals("-Drevlayers.gemm is auto, nd4j, onednn or mkl, not \"" + word + "\"", error.getMessage());
        }
    }

    @Test
    @DisplayName("a library that is named and not here is an error that says what to add")
    void aNamedOneThatIsNotHere() {
        Exception error =
                assertThrows(IllegalStateException.class, () -> chosen("mkl", folder, Map.of(GemmLibrary.ND4J, 1.0)));
        assertTrue(error.getMessage().startsWith("-Drevlayers.gemm=mkl: the library is not on the class path"));
        assertTrue(error.getMessage().contains("add org.bytedeco:mkl"), error.getMessage());
    }

    @Test
    @DisplayName("without a library beside ND4J nothing is measured and no file is written")
    void nd4jAlone() throws IOException {
        assertEquals("nd4j", chosen("auto", folder, Map.of(GemmLibrary.ND4J, 1.0)));
        assertEquals(0, measured);
        assertEquals(List.of(), files());
    }

    @Test
    @DisplayName("the fastest is taken where it saves three per cent or more, else ND4J")
    void theFastestThatIsWorthIt() {
        assertEquals("mkl", chosen("auto", folder.resolve("a"), machine(0.9, 0.95)));
        assertEquals("onednn", chosen("auto", folder.resolve("b"), machine(1.3, 0.97)));
        assertEquals("nd4j", chosen("auto", folder.resolve("c"), machine(0.98, 0.975)));
        assertEquals(3, measured);
    }

    @Test
    @DisplayName(
            "what was measured once stays, whatever a later measurement would say; other libraries are measured anew")
    void staysAsItIs() throws IOException {
        assertEquals("mkl", chosen("auto", folder, machine(0.9, 0.95)));
        assertEquals("mkl", chosen("auto", folder, machine(0.95, 0.9)));
        assertEquals(1, measured);
        assertTrue(Files.readString(files().get(0)).contains("\"gemm\" : \"mkl\""));
        Map<GemmLibrary, Double> without = machine(0.9, 0.95);
        without.remove(GemmLibrary.MKL);
        assertEquals("onednn", chosen("auto", folder, without));
        assertEquals(2, measured);
        assertEquals(2, files().size());
    }

    @Test
    @DisplayName(
            "a file that is damaged, or names what is not here, stands for the fixed order, and stays for the user to see")
    void damaged() throws IOException {
        chosen("auto", folder, machine(0.9, 0.95));
        Path file = files().get(0);
        for (String text : List.of("", "{", "[1]", "{}", "{\"gemm\": 3}", "{\"gemm\": \"blis\"}")) {
            Files.writeString(file, text);
            assertEquals("mkl", chosen("auto", folder, machine(2, 0.5)), text);
            assertEquals(text, Files.readString(file));
        }
        assertEquals(1, measured);
    }

    @Test
    @DisplayName("where nothing can be written nothing is measured: the fixed order")
    void noPlaceToKeepIt() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals("mkl", chosen("auto", file.resolve("gemm"), machine(2, 0.5)));
        Map<GemmLibrary, Double> without = machine(2, 0.5);
        without.remove(GemmLibrary.MKL);
        assertEquals("onednn", chosen("auto", file.resolve("gemm"), without));
        assertEquals(0, measured);
    }

    @Test
    @DisplayName(
            "the measurement itself gives a time for each, ND4J's being 1; the program's random numbers stay as they are")
    void measures() {
        Map<GemmLibrary, GemmProvider> there = new EnumMap<>(GemmLibrary.class);
        there.put(GemmLibrary.ONEDNN, GemmLibrary.ND4J.open()); // whatever is on the class path
        there.put(GemmLibrary.ND4J, GemmLibrary.ND4J.open());
        long seed = Nd4j.getRandom().rootState();
        Map<GemmLibrary, Double> times = GemmMeter.overNd4j(there);
        assertEquals(there.keySet(), times.keySet());
        assertEquals(1, times.get(GemmLibrary.ND4J), 1e-12);
        assertTrue(times.get(GemmLibrary.ONEDNN) > 0.1, times.toString());
        assertEquals(seed, Nd4j.getRandom().rootState());
    }

    /** A product. */
    static final class OneProduct {
        public static void main(String[] args) {
            INDArray out = Nd4j.create(2, 2);
            Gemm.multiply(Nd4j.ones(2, 3), Nd4j.ones(3, 2), out);
            System.out.println(out.sumNumber() + " by " + Gemm.name());
        }
    }

    @Test
    @DisplayName("a program without the libraries runs, in silence")
    void withoutTheLibraries() throws Exception {
        assumeTrue(Devices.current() == null, "products are the device's");
        FreshJvm.Result result = new FreshJvm(Map.of(), "-Drevlayers.gemm=auto", "-Drevlayers.cache=" + folder)
                .without(entry -> new File(entry).getName().matches("(dnnl|mkl|opencl)-.*"))
                .run(OneProduct.class);
        assertTrue(result.output().contains("12.0 by nd4j"), result.output());
        assertFalse(result.errors().contains("gemm"), result.errors());
        assertEquals(List.of(), files());
    }

    @Test
    @DisplayName("a wrong property stops the first product, not the start of ND4J")
    void aWrongPropertyInAProgram() throws Exception {
        assumeTrue(Devices.current() == null, "products are the device's");
        FreshJvm.Result result = new FreshJvm(Map.of(), "-Drevlayers.gemm=fast").run(OneProduct.class);
        assertEquals(1, result.exit(), result.output());
        assertTrue(
                result.errors()
                        .contains(
                                "java.lang.IllegalArgumentException: -Drevlayers.gemm is auto, nd4j, onednn or mkl, not \"fast\""),
                result.errors());
    }

    @Test
    @DisplayName("a library that brings a second thread pool is not taken, and the error names both and the remedy")
    void oneThreadPool() {
        Set<String> one = Set.of("/a/libgomp.so.1");
        GemmLibrary.MKL.requireOnePool(one, one);
        GemmLibrary.MKL.requireOnePool(Set.of(), one);
        String said = assertThrows(
                        LinkageError.class,
                        () -> GemmLibrary.MKL.requireOnePool(one, Set.of("/a/libgomp.so.1", "/b/libgomp.so.1")))
                .getMessage();
        assertTrue(said.contains("/a/libgomp.so.1") && said.contains("/b/libgomp.so.1"), said);
        assertTrue(said.contains("cachedir"), said);
    }
}
