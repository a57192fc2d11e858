package org.revlayers.benchmarks;

import java.util.concurrent.TimeUnit;
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

/**
 * The time of one call of one kernel, by JMH. {@code copy} is the machine's bandwidth; {@code stock} runs ND4J's op for the same, {@code java}
 * the portable kernels.
 *
 * <pre>java -cp benchmarks/target/benchmarks.jar org.openjdk.jmh.Main -p kernel=copy,gelu -p by=kernels,stock -p threads=1</pre>
 *
 * <p>{@link KernelReport} measures the same cases interleaved, which a machine that does other work needs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class KernelBenchmark {

    /** A name from {@link KernelCases}. */
    @Param({"copy", "gelu, code", "code backward", "relu, mask", "dropout, mask", "layer norm, affine", "softmax"})
    public String kernel;

    /** Who computes it. */
    @Param({"kernels", "stock"})
    public String by;

    /** How many 197 × 3072 activations: 8 are 19 MB, 55 are 133 MB. */
    @Param("8")
    public int images;

    /** Threads of one call. */
    @Param({"1", "2"})
    public int threads;

    private Runnable call;

    /** Makes the arrays. */
    @Setup
    public void setUp() {
        Threads.set(threads);
        KernelSet kernels = by.equals("java") ? KernelSet.portable() : KernelSet.chosen();
        KernelCase found = KernelCases.of(kernels, images).stream()
                .filter(c -> c.name().equals(kernel))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no kernel " + kernel));
        call = by.equals("stock") ? found.stock() : found.kernel();
        if (call == null) {
            throw new IllegalArgumentException("ND4J has no op for " + kernel + ": leave out by=stock");
        }
    }

    /** One call. */
    @Benchmark
    public void call() {
        Threads.set(threads);
        call.run();
    }
}
