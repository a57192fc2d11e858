package org.revlayers.internal.planner.page;

import java.util.stream.Collectors;
import org.revlayers.internal.planner.BudgetParts;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.PlanText;
import org.revlayers.internal.planner.Verified;
import org.revlayers.internal.text.Markup;
import org.revlayers.plan.Bytes;
import org.revlayers.plan.Exactness;

/**
 * A plan as one page with nothing outside it: the figures, memory over one step, the frontier, every unit. HTML that is XML, too.
 *
 * @param plan     to show
 * @param verified null if nothing was measured
 */
public record PlanPage(PlanFigures plan, Verified verified) {

    private static final double MILLIS = 1e3;
    private static final double PERCENT = 100;

    @Override
    public String toString() {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>Memory plan</title>"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
                + "<meta name=\"color-scheme\" content=\"light dark\"/><link rel=\"icon\" href=\"data:,\"/><style>"
                + Style.CSS + "</style></head>\n<body><main>\n<header><h1>Memory plan</h1><p>"
                + Markup.escaped(plan.budget().toString()) + "; batch " + plan.batch() + "; "
                + PlanText.words(plan.exactness()) + ".</p></header>\n"
                + tiles() + step() + frontier() + units() + "</main></body></html>\n";
    }

    private String tiles() {
        PlanFigures.Totals planned = plan.plan();
        PlanFigures.Totals plain = plan.plain();
        return "<section class=\"tiles\" aria-label=\"Predicted figures of a step\">\n"
                + tile(
                        "Peak of live arrays",
                        Bytes.text(planned.peakBytes()),
                        "plain " + Bytes.text(plain.peakBytes()) + ", "
                                + change(planned.peakBytes(), plain.peakBytes()))
                + tile(
                        "Kept for backward",
                        Bytes.text(planned.keptBytes()),
                        "plain " + Bytes.text(plain.keptBytes()) + ", "
                                + change(planned.keptBytes(), plain.keptBytes()))
                + tile(
                        "Time of a step",
                        Markup.format("%.3f s", planned.seconds()),
                        Markup.format("plain %.3f s, ", plain.seconds()) + change(planned.seconds(), plain.seconds()))
                + (plan.batches().largest() == 0
                        ? ""
                        : tile(
                                "Largest batch within the budget",
                                Long.toString(plan.batches().largest()),
                                Markup.format(
                                        "fastest %d, %.1f examples / s",
                                        plan.batches().fastest(), plan.batches().perSecond())))
                + "</section>\n";
    }

    private static String tile(String name, String value, String note) {
        return "<div class=\"tile\"><span>" + name + "</span><strong>" + value + "</strong><span>" + note
                + "</span></div>\n";
    }

    private static String change(double now, double before) {
        long percent = Math.round(PERCENT * (now / before - 1));
        return percent == 0 ? "±0 %" : Markup.format("%+d %%", percent);
    }

    private String step() {
        if (plan.memory().plan().isEmpty()) {
            return "";
        }
        StepChart chart = new StepChart(plan);
        String methods = plan.rows().stream()
                .map(PlanFigures.Row::answer)
                .distinct()
                .sorted()
                .map(answer -> "<li>" + Methods.chip(answer) + "</li>")
                .collect(Collectors.joining());
        return "<section><h2>Memory over one step</h2>\n<figure><ul class=\"legend\">" + methods
                + "<li><span class=\"key plain-key\"></span>plain</li>"
                + (chart.showsBudget() ? "<li><span class=\"key budget-key\"></span>budget</li>" : "") + "</ul>\n"
                + chart
                + "<figcaption>Most live bytes while each unit runs, predicted; the solid part of a bar is what is kept for backward"
                + " and what the network holds beside its units (" + Bytes.text(plan.restBytes())
                + ").</figcaption></figure></section>\n";
    }

    private String frontier() {
        StringBuilder rows = new StringBuilder();
        double fastest = FrontierChart.fastest(plan);
        for (PlanFigures.Point point : plan.frontier()) {
            rows.append(Markup.format(
                    "<tr%s><th scope=\"row\" class=\"num\">%s</th><td class=\"num\">%.3f</td><td class=\"num\">%s</td>"
                            + "<td>%s</td><td>%s</td></tr>%n",
                    point.chosen() ? " class=\"chosen-row\"" : "",
                    Bytes.text(point.peakBytes()),
                    fastest + point.seconds(),
                    change(fastest + point.seconds(), plan.plain().seconds()),
                    exact(point.exactness()),
                    point.chosen() ? "this plan" : point.knee() ? "knee" : ""));
        }
        return "<section><h2>Other budgets</h2>\n<figure><ul class=\"legend\"><li><span class=\"key point-key\"></span>predicted</li>"
                + (verified == null ? "" : "<li><span class=\"key measured-key\"></span>measured</li>") + "</ul>\n"
                + new FrontierChart(plan, verified)
                + "<figcaption>The fastest training within each budget.</figcaption></figure>\n"
                + "<table><caption>Budgets and what they would take, predicted</caption><thead><tr><th scope=\"col\" class=\"num\">budget</th>"
                + "<th scope=\"col\" class=\"num\">s / step</th><th scope=\"col\" class=\"num\">against plain</th>"
                + "<th scope=\"col\">gradients</th><th scope=\"col\">note</th></tr></thead>\n<tbody>" + rows
                + "</tbody></table>\n" + measured() + "</section>\n";
    }

    private String measured() {
        if (verified == null) {
            return "";
        }
        return "<table><caption>Predicted and measured</caption><thead><tr><th scope=\"col\">training</th>"
                + "<th scope=\"col\" class=\"num\">peak, predicted</th><th scope=\"col\" class=\"num\">measured</th>"
                + "<th scope=\"col\" class=\"num\">s / step, predicted</th><th scope=\"col\" class=\"num\">measured</th></tr></thead>\n<tbody>"
                + measured("this plan", plan.plan(), verified.plan())
                + measured("plain", plan.plain(), verified.plain()) + "</tbody></table>\n";
    }

    private static String measured(String name, PlanFigures.Totals predicted, Verified.Measured measured) {
        return Markup.format(
                "<tr><th scope=\"row\">%s</th><td class=\"num\">%s</td><td class=\"num\">%s</td><td class=\"num\">%.3f</td>"
                        + "<td class=\"num\">%.3f</td></tr>%n",
                name,
                Bytes.text(predicted.peakBytes()),
                Bytes.text(measured.peakBytes()),
                predicted.seconds(),
                measured.seconds());
    }

    private static String row(PlanFigures.Row row) {
        return Markup.format(
                "<tr%s><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td class=\"num\">%s</td><td class=\"num\">%s</td>"
                        + "<td class=\"num\">%.1f</td><td>%s</td></tr>%n",
                row.binds() ? " class=\"chosen-row\"" : "",
                Markup.escaped(row.name()),
                Methods.chip(row.answer()),
                exact(row.exactness()),
                Bytes.text(row.keptBytes()),
                Bytes.text(row.peakBytes()),
                row.seconds() * MILLIS,
                row.binds() ? "the peak" : "");
    }

    private String units() {
        String rows = plan.rows().stream().map(PlanPage::row).collect(Collectors.joining());
        return "<section><h2>Units</h2>\n<table><caption>How each unit is kept, in forward order; "
                + Bytes.text(plan.restBytes())
                + " are beside units</caption><thead><tr><th scope=\"col\">unit</th><th scope=\"col\">answer</th>"
                + "<th scope=\"col\">gradients</th><th scope=\"col\" class=\"num\">kept</th><th scope=\"col\" class=\"num\">peak here</th>"
                + "<th scope=\"col\" class=\"num\">extra ms</th><th scope=\"col\">note</th></tr></thead>\n<tbody>"
                + rows
                + "</tbody></table>\n" + parts() + "</section>\n";
    }

    private String parts() {
        BudgetParts parts = plan.budget();
        if (parts.process() == 0) {
            return "";
        }
        return "<table><caption>Parts of the process's budget</caption><tbody>"
                + part("live arrays", parts.bytes())
                + part("weights, gradients and updater state", parts.weights())
                + part("batch", parts.data())
                + part("JVM, ND4J and the rest", parts.own())
                + part("whole process", parts.process()) + "</tbody></table>\n";
    }

    private static String part(String name, long bytes) {
        return "<tr><th scope=\"row\">" + name + "</th><td class=\"num\">" + Bytes.text(bytes) + "</td></tr>\n";
    }

    private static String exact(Exactness exactness) {
        return switch (exactness) {
            case SAME_FUNCTION -> "exact";
            case APPROXIMATE_GRADIENTS -> "approximate";
            case NEW_FUNCTION -> "of another function";
        };
    }
}
