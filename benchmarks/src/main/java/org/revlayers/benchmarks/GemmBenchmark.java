package org.revlayers.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.revlayers.internal.kernel.linear.GemmLibrary;
import org.revlayers.internal.kernel.linear.GemmProvider;

/**
 * The time of one product of a linear layer by each library: of ViT-B/16 at batch 8, MiniLM at 8 texts of 128 tokens, Hiera-Tiny at batch 8, and of the 1 × 1
 * convolutions of ResNet-50 on one image. {@code mvn -Pgemm -pl benchmarks -am package -DskipTests} puts oneDNN and MKL into the jar.
 *
 * <pre>java -cp benchmarks/target/benchmarks.jar org.openjdk.jmh.Main GemmBenchmark -p size=1024x384x1536 -p library=nd4j,mkl</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Drevlayers.gemm=nd4j") // the libraries are named here
public class GemmBenchmark {

    /** Rows, inputs and outputs of the layer. */
    @Param({
        "1576x768x2304", "1576x768x768", "1576x768x3072", "1576x3072x768", // ViT-B/16
        "1024x384x1152", "1024x384x384", "1024x384x1536", "1024x1536x384", // MiniLM
        "25088x96x384", "6272x192x768", "1568x384x1536", "392x768x3072", // Hiera-Tiny
        "3136x64x256", "784x512x128", "196x256x1024", "49x2048x512" // ResNet-50
    })
    public String size;

    /** {@code forward} is x·W, {@code input} is dy·Wᵀ, {@code weight} is xᵀ·dy. */
    @Param({"forward", "input", "weight"})
    public String form;

    /** What {@code -Drevlayers.gemm} calls it. */
    @Param({"nd4j", "onednn", "mkl"})
    public String library;

    private GemmProvider provider;
    private INDArray x;
    private INDArray weight;
    private INDArray dy;
    private INDArray out;

    /** Makes the arrays. */
    @Setup
    public void setUp() {
        long[] sizes = Arrays.stream(size.split("x")).mapToLong(Long::parseLong).toArray();
        x = Nd4j.rand(DataType.FLOAT, sizes[0], sizes[1]);
        weight = Nd4j.rand(DataType.FLOAT, sizes[1], sizes[2]);
        dy = Nd4j.rand(DataType.FLOAT, sizes[0], sizes[2]);
        out = (form.equals("forward") ? dy : form.equals("input") ? x : weight).ulike();
        provider = GemmLibrary.valueOf(library.toUpperCase(Locale.ROOT)).open();
    }

    /** One product. */
    @Benchmark
    public void product() {
        switch (form) {
            case "forward" -> provider.multiply(x, false, weight, false, out, false);
            case "input" -> provider.multiply(dy, false, weight, true, out, false);
            default -> provider.multiply(x, true, dy, false, out, false);
        }
    }
}
