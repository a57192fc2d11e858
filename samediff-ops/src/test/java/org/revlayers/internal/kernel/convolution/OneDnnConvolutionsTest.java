package org.revlayers.internal.kernel.convolution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.internal.kernel.device.Devices;

/** Convolutions against sums over their pixels, in double. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // the native library is a test's dependency there
class OneDnnConvolutionsTest {

    @BeforeAll
    static void isThere() {
        assumeTrue(Devices.current() == null, "a device has convolutions of its own");
    }

    private static final LongFunction<INDArray> ROOM = length -> Nd4j.createUninitialized(DataType.FLOAT, length);

    private static List<Long> list(long... sizes) {
        return LongStream.of(sizes).boxed().toList();
    }

    /** Between −1 and 1, the same each time. */
    private static INDArray numbers(int seed, long... shape) {
        INDArray numbers = Nd4j.createUninitialized(DataType.FLOAT, shape);
        INDArray flat = numbers.reshape(numbers.length());
        for (long i = 0; i < flat.length(); i++) {
            flat.putScalar(i, Math.sin(seed + 1.7 * i));
        }
        return numbers;
    }

    /** What is done with the output's pixel (b, oy, ox, f), the image's (b, y, x, c) that it reads, and the weight (f, c, ky, kx) between. */
    private interface Term {
        void of(long[] out, long[] image, long[] weight);
    }

    private static void each(ImageConvolution s, Term term) {
        List<Long> image = s.image();
        List<Long> w = s.weight();
        List<Long> out = s.out();
        for (long b = 0; b < out.get(0); b++) {
            for (long f = 0; f < out.get(1); f++) {
                for (long oy = 0; oy < out.get(2); oy++) {
                    for (long ox = 0; ox < out.get(3); ox++) {
                        for (long c = 0; c < w.get(1); c++) {
                            for (long ky = 0; ky < w.get(2); ky++) {
                                for (long kx = 0; kx < w.get(3); kx++) {
                                    long y = oy * s.stride().get(0)
                                            + ky
                                            - s.padding().get(0);
                                    long x = ox * s.stride().get(1)
                                            + kx
                                            - s.padding().get(1);
                                    if (y >= 0 && y < image.get(2) && x >= 0 && x < image.get(3)) {
                                        term.of(new long[] {b, oy, ox, f}, new long[] {b, y, x, c}, new long[] {
                                            f, c, ky, kx
                                        });
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static void add(INDArray to, long[] at, double value) {
        to.putScalar(at, to.getDouble(at) + value);
    }

    /** The last two have a stride that leaves pixels out, and padding that differs before and behind. */
    @ParameterizedTest
    @CsvSource({
        "2, 3, 9, 8, 5, 3, 3, 1, 1, 1, 1, 9, 8",
        "1, 16, 7, 7, 32, 3, 3, 2, 2, 1, 1, 4, 4",
        "2, 3, 16, 17, 16, 7, 7, 2, 2, 3, 3, 8, 9",
        "3, 17, 6, 5, 9, 2, 1, 1, 1, 0, 0, 5, 5",
        "2, 8, 10, 10, 8, 3, 3, 3, 3, 0, 0, 3, 3",
        "2, 4, 8, 8, 4, 2, 2, 1, 1, 0, 0, 8, 8"
    })
    void areTheSums(
            long batch,
            long in,
            long h,
            long w,
            long filters,
            long kh,
            long kw,
            long sh,
            long sw,
            long ph,
            long pw,
            long oh,
            long ow) {
        ImageConvolution sizes = new ImageConvolution(
                list(batch, in, h, w),
                list(filters, in, kh, kw),
                list(batch, filters, oh, ow),
                list(sh, sw),
                list(ph, pw));
        INDArray x = numbers(1, batch, h, w, in);
        INDArray weight = numbers(2, filters, in, kh, kw);
        INDArray bias = numbers(3, 1, filters);
        INDArray dy = numbers(4, batch, oh, ow, filters);
        INDArray out = Nd4j.zeros(DataType.DOUBLE, dy.shape());
        INDArray dx = Nd4j.zeros(DataType.DOUBLE, x.shape());
        INDArray dw = Nd4j.zeros(DataType.DOUBLE, weight.shape());
        each(sizes, (o, i, k) -> {
            add(out, o, x.getDouble(i) * weight.getDouble(k));
            add(dx, i, dy.getDouble(o) * weight.getDouble(k));
            add(dw, k, dy.getDouble(o) * x.getDouble(i));
        });
        Convolutions own = new OneDnnConvolutions();
        for (int time = 0; time < 2; time++) { // the second finds what the first has made
            INDArray found = Nd4j.createUninitialized(DataType.FLOAT, dy.shape());
            own.forward(sizes, x, weight, null, found, ROOM);
            near(out, found);
            own.forward(sizes, x, weight, bias, found, ROOM);
            near(out.add(bias.castTo(DataType.DOUBLE).reshape(1, 1, 1, filters)), found);
            found = Nd4j.createUninitialized(DataType.FLOAT, x.shape());
            own.inputGradient(sizes, dy, weight, found, ROOM);
            near(dx, found);
            found = Nd4j.createUninitialized(DataType.FLOAT, weight.shape());
            own.weightGradient(sizes, x, dy, found, ROOM);
            near(dw, found);
        }
    }

    private static void near(INDArray expected, INDArray found) {
        double difference =
                expected.sub(found.castTo(DataType.DOUBLE)).amaxNumber().doubleValue();
        assertTrue(difference < 1e-5 * Math.max(1, expected.amaxNumber().doubleValue()), "off by " + difference);
    }

    /** Tests run with ND4J's products, which those who force them have for the same bits. */
    @Test
    void whoForcesNd4jHasNd4j() {
        assertEquals("nd4j", System.getProperty("revlayers.gemm"));
        assertNull(Convolutions.get());
    }

    /** Says whether there are any. */
    static final class Asks {
        public static void main(String[] args) {
            System.out.println("convolutions " + (Convolutions.get() != null));
        }
    }

    @Test
    void withoutTheLibraryNd4jDoes() throws Exception {
        FreshJvm.Result result = new FreshJvm(Map.of(), "-Drevlayers.gemm=auto")
                .without(entry -> entry.contains("dnnl") || entry.contains("mkl"))
                .run(Asks.class);
        assertEquals(0, result.exit(), result.output());
        assertTrue(result.output().contains("convolutions false"), result.output());
    }

    @Test
    void withTheLibraryItDoes(@TempDir Path cache) throws Exception {
        FreshJvm.Result result = new FreshJvm(
                        Map.of(), "-Drevlayers.gemm=onednn", "-Dorg.bytedeco.javacpp.cachedir=" + cache)
                .run(Asks.class);
        assertEquals(0, result.exit(), result.output());
        assertTrue(result.output().contains("convolutions true"), result.output());
    }
}
