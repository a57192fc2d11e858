package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.revlayers.internal.machine.WholeFile;
import org.revlayers.internal.text.Markup;

/**
 * One self-contained page: the table, the loss curves, memory over one step and over the training, coefficients and reconstruction checks.
 *
 * @param title   model and data
 * @param machine what ran underneath
 * @param results one per method
 */
record HtmlReport(String title, String machine, List<Result> results) {

    void write(Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        String page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>revlayers</title><style>"
                + "body{font-family:sans-serif;max-width:60em;margin:2em auto}img{max-width:100%%}</style></head>\n"
                + "<body><h1>Fine-tuning</h1><p>%s</p><pre>%s</pre>\n<h2>Training loss</h2>%s\n"
                + "<h2>Memory over one step</h2><p>Live bytes inside the layers, without the network's own outputs.</p>%s\n"
                + "<h2>Memory over the training</h2><p>The network's own outputs included. The last batch of an epoch may be"
                + " smaller; side bits of chains become fewer with the schedule.</p>%s\n%s\n%s"
                + "<h2>What the layers keep</h2>%s<p><small>%s</small></p></body></html>\n";
        Charts charts = new Charts(results);
        StringBuilder kept = new StringBuilder();
        for (Result r : results) {
            if (r.memory() != null) {
                kept.append("<h3>").append(r.method().label()).append("</h3><pre>");
                kept.append(Markup.escaped(r.memory().toString())).append("</pre>");
            }
        }
        byte[] html = String.format(
                        page,
                        Markup.escaped(title),
                        Markup.escaped(FinetuneCommand.table(results)),
                        picture(charts.losses()),
                        picture(charts.oneStep()),
                        picture(charts.kept()),
                        picture(charts.peaks()),
                        reversible(charts),
                        kept,
                        Markup.escaped(machine))
                .getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(html));
    }

    /** The coefficients over the training and the checks of the chains; empty without chains. */
    private static String reversible(Charts charts) throws IOException {
        StringBuilder checks = new StringBuilder();
        for (Result r : charts.proving()) {
            checks.append(String.format(
                    "<li>%s: %d reconstructions proved by checksum in %d steps</li>",
                    r.method().label(), r.proved(), r.steps().size()));
        }
        String coefficients = charts.reversing().isEmpty()
                ? ""
                : "<h2>Coefficients of the chains</h2>" + picture(charts.coefficients()) + "\n";
        return checks.isEmpty()
                ? coefficients
                : coefficients + "<h2>Reconstruction checks</h2>" + picture(charts.reconstructions()) + "<ul>" + checks
                        + "</ul>\n";
    }

    private static String picture(XYChart chart) throws IOException {
        if (chart.getSeriesMap().isEmpty()) {
            return "<p>Too few steps for a picture.</p>";
        }
        byte[] png = BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
        return "<img alt=\"chart\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\">";
    }
}
