package org.revlayers.examples.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The pictures of a report, a line per method. One without lines says that there was nothing to draw.
 *
 * @param results one per method
 */
record Charts(List<Result> results) {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int SMOOTHING = 10;
    private static final double MIB = 1 << 20;

    XYChart losses() {
        XYChart chart = chart("step", "loss, mean of " + SMOOTHING + " steps");
        for (Result r : results) {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (int i = 0; i + SMOOTHING <= r.steps().size(); i += SMOOTHING) {
                List<TrainingStep> some = r.steps().subList(i, i + SMOOTHING);
                x.add((double) some.get(SMOOTHING - 1).number());
                y.add(some.stream().mapToDouble(TrainingStep::loss).average().orElseThrow());
            }
            add(chart, r.method().label(), x, y);
        }
        return chart;
    }

    XYChart oneStep() {
        XYChart chart = chart("milliseconds", "MiB");
        for (Result r : results) {
            add(
                    chart,
                    r.method().label(),
                    r.timeline().stream().map(p -> p[0]).toList(),
                    r.timeline().stream().map(p -> p[1] / MIB).toList());
        }
        return chart;
    }

    XYChart kept() {
        XYChart chart = chart("step", "kept for backward, MiB");
        results.forEach(r -> overSteps(chart, r.method().label(), r.steps(), s -> s.kept() / MIB));
        return chart;
    }

    XYChart peaks() {
        XYChart chart = chart("step", "peak of live arrays, MiB");
        results.forEach(r -> overSteps(chart, r.method().label(), r.steps(), s -> s.peak() / MIB));
        return chart;
    }

    XYChart coefficients() {
        XYChart chart = chart("step", "coefficient");
        for (Result r : reversing()) {
            String method = r.method().label();
            overSteps(chart, "α, " + method, r.steps(), s -> s.coefficients().alpha());
            overSteps(chart, "β, " + method, r.steps(), s -> s.coefficients().beta());
        }
        return chart;
    }

    /** A straight line if every step proved what every other one did; a step whose check fails stops the training. */
    XYChart reconstructions() {
        XYChart chart = chart("step", "reconstructions proved so far");
        for (Result r : proving()) {
            long[] soFar = new long[1];
            overSteps(chart, r.method().label(), r.steps(), s -> soFar[0] += s.proved());
        }
        return chart;
    }

    /** The results of chains that reverse. */
    List<Result> reversing() {
        return results.stream().filter(CoefficientChanges::has).toList();
    }

    /** Those of them that count their checks: of chains that are layers of the network. */
    List<Result> proving() {
        return reversing().stream().filter(r -> r.proved() > 0).toList();
    }

    private static void overSteps(
            XYChart chart, String name, List<TrainingStep> steps, ToDoubleFunction<TrainingStep> value) {
        add(
                chart,
                name,
                steps.stream().map(s -> (double) s.number()).toList(),
                steps.stream().mapToDouble(value).boxed().toList());
    }

    private static void add(XYChart chart, String name, List<Double> x, List<Double> y) {
        if (!x.isEmpty()) {
            chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
        }
    }

    private static XYChart chart(String x, String y) {
        return new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
    }
}
