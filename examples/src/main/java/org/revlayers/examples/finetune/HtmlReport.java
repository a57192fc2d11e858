package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * One self-contained page: the table, the loss curves, the memory over one step.
 *
 * @param title   model and data
 * @param machine what ran underneath
 * @param results one per method
 */
record HtmlReport(String title, String machine, List<Result> results) {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final int SMOOTHING = 10;

    void write(Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        String page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>revlayers</title><style>"
                + "body{font-family:sans-serif;max-width:60em;margin:2em auto}img{max-width:100%%}</style></head>\n"
                + "<body><h1>Fine-tuning</h1><p>%s</p><pre>%s</pre>\n<h2>Training loss</h2>%s\n"
                + "<h2>Memory over one step</h2><p>Live bytes inside the layers, without the network's own outputs.</p>%s\n%s"
                + "<h2>What the layers keep</h2>%s<p><small>%s</small></p></body></html>\n";
        StringBuilder kept = new StringBuilder();
        for (Result r : results) {
            if (r.memory() != null) {
                kept.append("<h3>").append(r.method().label()).append("</h3><pre>");
                kept.append(escaped(r.memory().toString())).append("</pre>");
            }
        }
        Files.writeString(
                file,
                String.format(
                        page,
                        escaped(title),
                        escaped(FinetuneCommand.table(results)),
                        picture(losses()),
                        picture(memory()),
                        reversible(),
                        kept,
                        escaped(machine)));
    }

    private XYChart losses() {
        XYChart chart = chart("step", "loss, mean of " + SMOOTHING + " steps");
        for (Result r : results) {
            List<Double> x = new ArrayList<>();
            List<Double> y = new ArrayList<>();
            for (int i = 0; i + SMOOTHING <= r.losses().size(); i += SMOOTHING) {
                x.add((double) i + SMOOTHING);
                y.add(r.losses().subList(i, i + SMOOTHING).stream()
                        .mapToDouble(d -> d)
                        .average()
                        .orElse(0));
            }
            add(chart, r, x, y);
        }
        return chart;
    }

    private XYChart memory() {
        XYChart chart = chart("milliseconds", "MiB");
        for (Result r : results) {
            add(
                    chart,
                    r,
                    r.timeline().stream().map(p -> p[0]).toList(),
                    r.timeline().stream().map(p -> p[1] / (1 << 20)).toList());
        }
        return chart;
    }

    /** The coefficients over the training and the checks of the chains; empty without chains. */
    private String reversible() throws IOException {
        XYChart chart = chart("step", "coefficient");
        StringBuilder checks = new StringBuilder();
        for (Result r : results) {
            if (r.schedule().isEmpty()) {
                continue;
            }
            List<Double> steps = new ArrayList<>();
            for (int i = 0; i < r.schedule().size(); i++) {
                steps.add((double) i);
            }
            for (int c = 0; c < 2; c++) {
                int which = c;
                String name = (c == 0 ? "α, " : "β, ") + r.method().label();
                List<Double> values = r.schedule().stream().map(p -> p[which]).toList();
                chart.addSeries(name, steps, values).setMarker(SeriesMarkers.NONE);
            }
            checks.append("<li>")
                    .append(r.method().label())
                    .append(": ")
                    .append(r.checks())
                    .append(" reconstructions proved by checksum in ")
                    .append(r.schedule().size())
                    .append(" steps</li>");
        }
        return checks.isEmpty()
                ? ""
                : "<h2>Coefficients of the chains</h2>" + picture(chart) + "<ul>" + checks + "</ul>\n";
    }

    private static void add(XYChart chart, Result r, List<Double> x, List<Double> y) {
        if (!x.isEmpty()) {
            chart.addSeries(r.method().label(), x, y).setMarker(SeriesMarkers.NONE);
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

    private static String picture(XYChart chart) throws IOException {
        if (chart.getSeriesMap().isEmpty()) {
            return "<p>Too few steps for a picture.</p>";
        }
        byte[] png = BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
        return "<img alt=\"chart\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\">";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
