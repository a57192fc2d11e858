package org.revlayers.examples.bench;

import java.io.PrintWriter;
import java.util.List;

/** What {@code bench} prints without {@code --json}. */
final class BenchTable {

    private BenchTable() {}

    /** Results of one model, with ratios to the first of each depth. */
    static void print(ShapeOptions shapes, List<BenchResult> results, PrintWriter out) {
        BenchResult any = results.get(0);
        out.printf(
                "%s, %d %s, batch %d, fp32, SGD; backend %s, BLAS core %s, %d threads%n",
                any.model(),
                shapes.size(),
                shapes.isOfText() ? "tokens" : "px",
                any.batch(),
                any.machine().backend(),
                any.machine().blas(),
                any.machine().threads());
        results.stream()
                .map(BenchResult::machine)
                .distinct()
                .skip(1)
                .forEach(m -> out.printf("%s, BLAS %s, %d threads%n", m.backend(), m.blas(), m.threads()));
        out.print(BenchResult.header());
        for (BenchResult r : results) {
            BenchResult first = results.stream()
                    .filter(o -> o.depth() == r.depth())
                    .findFirst()
                    .orElse(r);
            out.print(r.toRow(first));
        }
        out.println(
                "kept: for backward at the end of forward; peak: of live arrays in a step; rest: weights, gradients,"
                        + " updater state; process: the operating system's figure.");
        out.flush();
    }
}
