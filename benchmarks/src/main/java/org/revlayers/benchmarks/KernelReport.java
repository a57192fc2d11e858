package org.revlayers.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.device.Devices;

/**
 * Holds every kernel against the copy bandwidth of the machine and against the stock ND4J op, and says which targets are met.
 *
 * <p>A kernel, a copy of an array of the same size and the stock op are timed one right after the other, round after round, each by the shortest
 * of a few calls; the table has medians over the rounds, the shares of the copy bandwidth with their quartiles. So whatever else the machine does meets both sides alike.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar [rounds=9] [images=8,55] [threads=1,2] [only=gelu] [portable=true]</pre>
 */
public final class KernelReport {

    private static final int WARM_UP = 1;
    private static final int CALLS = 4;
    /** Calls that are timed together: a device is given several, so that it does not wait for the next. */
    private static final int QUEUED = Devices.current() == null ? 1 : 10;

    private static final long ENOUGH_NANOS = 60_000_000;

    private final int rounds;
    private final boolean portable;
    private final String only;
    private final List<String> verdicts = new ArrayList<>();

    private KernelReport(int rounds, boolean portable, String only) {
        this.rounds = rounds;
        this.portable = portable;
        this.only = only;
    }

    /** Prints the tables, then the targets. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT);
        KernelReport report = new KernelReport(
                Integer.parseInt(option(args, "rounds", "9")),
                Boolean.parseBoolean(option(args, "portable", "false")),
                option(args, "only", ""));
        for (String images : option(args, "images", "8,55").split(",")) {
            report.print(
                    Integer.parseInt(images), option(args, "threads", "1,2").split(","));
        }
        report.verdicts.forEach(System.out::println);
    }

    private static String option(String[] args, String name, String otherwise) {
        for (String arg : args) {
            if (arg.startsWith(name + "=")) {
                return arg.substring(name.length() + 1);
            }
        }
        return otherwise;
    }

    private void print(int images, String[] threads) {
        List<KernelCase> cases = KernelCases.of(KernelSet.chosen(), images);
        List<KernelCase> slow = portable ? KernelCases.of(KernelSet.portable(), images) : null;
        KernelCase copy = cases.get(0);
        for (String count : threads) {
            Threads.set(Integer.parseInt(count));
            System.out.printf(
                    "%n%s, arrays of %.0f MB%n%n",
                    KernelChoice.name().replace("(1 threads)", "(1 thread)"), copy.bytes() / 2e6);
            System.out.println("| kernel | GB/s | % of copy (quartiles) | x stock | x portable | GFLOP/s |");
            System.out.println("|---|---|---|---|---|---|");
            for (int i = 0; i < cases.size(); i++) {
                if (cases.get(i).name().contains(only)) {
                    row(cases.get(i), copy, slow == null ? null : slow.get(i).kernel(), Integer.parseInt(count));
                }
            }
        }
    }

    private void row(KernelCase c, KernelCase copy, Runnable slow, int threads) {
        Samples speed = new Samples(rounds);
        Samples share = new Samples(rounds);
        Samples overStock = new Samples(rounds);
        Samples overSlow = new Samples(rounds);
        for (int round = -WARM_UP; round < rounds; round++) {
            double copied = copy.bytes() / seconds(copy.kernel(), threads);
            double time = seconds(c.kernel(), threads);
            double stock = c.stock() == null ? 0 : seconds(c.stock(), threads);
            double other = slow == null ? 0 : seconds(slow, threads);
            if (round < 0) {
                continue;
            }
            speed.add(c.bytes() / time / 1e9);
            share.add(c.bytes() / time / copied);
            if (stock > 0) {
                overStock.add(stock / time);
            }
            if (other > 0) {
                overSlow.add(other / time);
            }
        }
        String flops = c.flops() == 0 ? "" : "%.0f".formatted(c.flops() / c.bytes() * speed.median());
        System.out.printf(
                "| %s | %.1f | %.0f (%.0f to %.0f) | %s | %s | %s |%n",
                c.name(),
                speed.median(),
                100 * share.median(),
                100 * share.quantile(0.25),
                100 * share.quantile(0.75),
                times(overStock),
                times(overSlow),
                flops);
        String where =
                "%s, %.0f MB, %d thread%s".formatted(c.name(), copy.bytes() / 2e6, threads, threads > 1 ? "s" : "");
        judge(where + ": share of copy", share.median(), c.target().share(threads));
        if (!overStock.isEmpty()) {
            judge(where + ": times stock", overStock.median(), c.faster());
        }
    }

    private static String times(Samples ratio) {
        return ratio.isEmpty() ? "" : "%.1f".formatted(ratio.median());
    }

    private void judge(String what, double reached, double target) {
        if (target > 0) {
            verdicts.add("%s %s %.2f, target %.2f"
                    .formatted(reached >= target ? "met   " : "MISSED", what, reached, target));
        }
    }

    /** The shortest of a few calls: what another process interrupted does not count. */
    private static double seconds(Runnable call, int threads) {
        long begin = System.nanoTime();
        long shortest = Long.MAX_VALUE;
        for (int calls = 0; calls < CALLS && System.nanoTime() - begin < ENOUGH_NANOS; calls++) {
            long start = clock(threads);
            for (int i = 0; i < QUEUED; i++) {
                call.run();
            }
            Nd4j.getExecutioner().commit();
            shortest = Math.min(shortest, clock(threads) - start);
        }
        return shortest / 1e9 / QUEUED;
    }

    /** With one thread its own processor time, which does not run while it waits for its turn. */
    private static long clock(int threads) {
        return threads == 1 ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() : System.nanoTime();
    }
}
