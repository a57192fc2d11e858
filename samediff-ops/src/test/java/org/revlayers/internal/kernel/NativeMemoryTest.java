package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.attention.AttentionBackward;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormBackward;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.razor.RazorArrays;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.kernel.razor.RazorSides;
import org.revlayers.keep.RazorValues;

/** A kernel that gets no scratch memory throws an OutOfMemoryError, and the next call computes. */
class NativeMemoryTest {

    private static final DataType F = DataType.FLOAT;

    /** The kernels whose scratch grows with their arrays; each call gives a number that must be the same before and after. */
    private static Supplier<Double> kernel(String name) {
        RazorKernels razor = RazorKernels.get();
        int cols = 8_000_000;
        INDArray x = Nd4j.linspace(-1, 1, 2L * cols, F).reshape(2, cols);
        INDArray y = Nd4j.ones(F, 2, cols);
        INDArray row = Nd4j.ones(F, cols);
        INDArray two = Nd4j.ones(F, 2);
        int keys = 300_000;
        int dim = 8;
        INDArray q = Nd4j.ones(F, 2, 4, dim);
        INDArray k = Nd4j.ones(F, 2, keys, dim);
        HeadView qs = HeadView.ofTokens(q, dim);
        HeadView ks = HeadView.ofTokens(k, dim);
        INDArray out = Nd4j.ones(F, 2, 4, dim);
        INDArray lse = Nd4j.ones(F, 2, 1, 4);
        INDArray dk = Nd4j.ones(F, 2, keys, dim);
        INDArray dv = Nd4j.ones(F, 2, keys, dim);
        INDArray dq = Nd4j.ones(F, 2, 4, dim);
        AttentionShape shape = new AttentionShape(2, 1, 4, keys, dim, 1, false);
        HeadView outs = HeadView.ofTokens(out, dim);
        RazorLayout layout = RazorLayout.of(0.5, RazorValues.INT8, 2, cols);
        INDArray bits = Nd4j.zeros(DataType.UINT8, layout.bitmapBytes());
        INDArray positive = Nd4j.create(DataType.UINT8, layout.bitmapBytes());
        INDArray means = Nd4j.create(F, 2 * layout.batch());
        INDArray values = Nd4j.zeros(DataType.INT8, layout.valueCount());
        INDArray ranges = Nd4j.zeros(F, layout.rangeCount());
        INDArray dy = Nd4j.ones(F, cols, 1);
        INDArray dw = Nd4j.ones(F, 2, 1);
        return switch (name) {
            case "attention" -> () -> {
                AttentionKernels.get()
                        .forward(AttentionForward.of(shape, qs, ks, ks, outs).withLse(lse));
                return out.sumNumber().doubleValue();
            };
            case "attentionBackward" -> () -> {
                AttentionKernels.get()
                        .forward(AttentionForward.of(shape, qs, ks, ks, outs).withLse(lse));
                AttentionKernels.get()
                        .backward(new AttentionBackward(
                                AttentionForward.of(shape, qs, ks, ks, outs).withLse(lse),
                                qs,
                                HeadView.ofTokens(dq, dim),
                                HeadView.ofTokens(dk, dim),
                                HeadView.ofTokens(dv, dim)));
                return dv.sumNumber().doubleValue();
            };
            case "norm" -> () -> {
                NormKernels.get().forward(NormForward.of(Norm.LAYER, 1e-5, new NormInput(x, row, null, null), y));
                return y.norm1Number().doubleValue();
            };
            case "normBackward" -> () -> {
                NormKernels.get()
                        .backward(NormBackward.ofInput(Norm.LAYER, x, two, two, x, y)
                                .into(row, null));
                return row.norm1Number().doubleValue();
            };
            case "columnSums" -> () -> {
                LinearKernels.get().columnSums(x, row);
                return row.norm1Number().doubleValue();
            };
            case "razor" -> () -> {
                razor.compress(x, new RazorArrays(layout, bits, values, ranges));
                razor.decompress(new RazorArrays(layout, bits, values, ranges), y);
                return y.norm1Number().doubleValue();
            };
            case "weightGradient" -> () -> {
                razor.compress(x, new RazorArrays(layout, bits, values, ranges));
                razor.weightGradient(new RazorArrays(layout, bits, values, ranges), null, dy, dw, false);
                return dw.norm1Number().doubleValue();
            };
            case "weightGradient, means" -> () -> {
                razor.compress(x, new RazorArrays(layout, bits, values, ranges));
                RazorSides sides = new RazorSides(layout, bits, positive, means);
                razor.sides(x, sides);
                razor.weightGradient(new RazorArrays(layout, bits, values, ranges), sides, dy, dw, false);
                return dw.norm1Number().doubleValue();
            };
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Three calls: free, with an address space that must not grow, free again. */
    static final class Limited {
        public static void main(String[] args) throws Exception {
            Supplier<Double> kernel = kernel(args[0]);
            double expected = kernel.get();
            Thread.sleep(100);
            limit(String.valueOf(addressSpace() + 1_000_000));
            String thrown = "nothing";
            try {
                kernel.get();
            } catch (OutOfMemoryError e) {
                thrown = e.getMessage();
            }
            limit("unlimited");
            System.out.println("threw " + thrown);
            System.out.println(kernel.get() == expected ? "same" : "different");
        }

        private static long addressSpace() throws IOException {
            String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(l -> l.startsWith("VmSize"))
                    .findFirst()
                    .orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }

        private static void limit(String bytes) throws IOException, InterruptedException {
            new ProcessBuilder("prlimit", "--pid", "" + ProcessHandle.current().pid(), "--as=" + bytes + ":")
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attention",
                "attentionBackward",
                "norm",
                "normBackward",
                "columnSums",
                "razor",
                "weightGradient",
                "weightGradient, means"
            })
    @EnabledOnOs(OS.LINUX)
    void throwsAndGoesOn(String kernel) throws Exception {
        assumeTrue(Devices.current() == null, "about memory of the host");
        // One malloc arena, so that scratch does not come from memory that an earlier call has given back.
        Map<String, String> environment = Map.of("MALLOC_ARENA_MAX", "1", "MALLOC_MMAP_THRESHOLD_", "65536");
        FreshJvm.Result result = new FreshJvm(environment, "-Xint", "-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch")
                .run(Limited.class, kernel);
        assertEquals(0, result.exit(), result.output());
        assertTrue(result.output().contains("threw no "), result.output());
        assertTrue(result.output().contains("same"), result.output());
    }
}
