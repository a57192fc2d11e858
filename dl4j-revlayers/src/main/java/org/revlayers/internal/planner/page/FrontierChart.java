package org.revlayers.internal.planner.page;

import java.util.List;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.Verified;
import org.revlayers.internal.text.Markup;
import org.revlayers.plan.Bytes;

/**
 * Seconds of a step against its peak: what other budgets would take.
 *
 * @param plan     with its frontier
 * @param verified null if nothing was measured
 */
record FrontierChart(PlanFigures plan, Verified verified) {

    private static final int WIDTH = 1080;
    private static final int HEIGHT = 370;
    private static final int LEFT = 64;
    private static final int RIGHT = 1060;
    private static final int TOP = 30;
    private static final int BOTTOM = 320;
    private static final double MARGIN = 0.08;
    private static final double LEAST_RANGE = 0.1;
    private static final double DIAMOND = 6;
    private static final int RADIUS = 4;
    private static final int CHOSEN_RADIUS = 7;

    @Override
    public String toString() {
        List<PlanFigures.Point> points = plan.frontier();
        double fastest = fastest(plan);
        double least = plan.plain().seconds();
        double slowest = plan.plain().seconds();
        double most = plan.plain().peakBytes();
        for (PlanFigures.Point p : points) {
            least = Math.min(least, fastest + p.seconds());
            slowest = Math.max(slowest, fastest + p.seconds());
            most = Math.max(most, p.peakBytes());
        }
        if (verified != null) {
            least = Math.min(
                    least, Math.min(verified.plan().seconds(), verified.plain().seconds()));
            slowest = Math.max(
                    slowest,
                    Math.max(verified.plan().seconds(), verified.plain().seconds()));
        }
        double range = Math.max(slowest - least, LEAST_RANGE * slowest);
        Scale x = new Scale(0, most * (1 + MARGIN), LEFT, RIGHT);
        Scale y = new Scale(Math.max(0, least - MARGIN * range), slowest + 2 * MARGIN * range, BOTTOM, TOP);
        StringBuilder out = new StringBuilder(Markup.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"frontier-title frontier-text\">"
                        + "<title id=\"frontier-title\">Seconds of a step against its peak</title><desc id=\"frontier-text\">"
                        + "%d plans from a peak of %s to %s. The figures are in the table below.</desc>%n",
                WIDTH,
                HEIGHT,
                points.size(),
                Bytes.text(points.get(0).peakBytes()),
                Bytes.text(points.get(points.size() - 1).peakBytes())));
        axes(out, x, y);
        budget(out, x);
        line(out, x, y, fastest);
        measured(out, x, y);
        return out.append("</svg>\n").toString();
    }

    /** Seconds of a step by the fastest answers: those of points are beyond it. */
    static double fastest(PlanFigures plan) {
        return plan.plan().seconds()
                - plan.rows().stream().mapToDouble(PlanFigures.Row::seconds).sum();
    }

    private static void axes(StringBuilder out, Scale x, Scale y) {
        ByteUnit unit = ByteUnit.of(x.to());
        Scale inUnits = new Scale(0, x.to() / unit.bytes(), x.start(), x.end());
        for (double tick : inUnits.ticks()) {
            out.append(Markup.format(
                    "<text class=\"tick mid\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                    inUnits.at(tick), BOTTOM + 20, ByteUnit.text(tick)));
        }
        for (double tick : y.ticks()) {
            out.append(Markup.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT, RIGHT, y.at(tick), y.at(tick), LEFT - 8, y.at(tick) + 4, ByteUnit.text(tick)));
        }
        out.append(Markup.format(
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
                        + "<text class=\"tick end\" x=\"%d\" y=\"14\">s / step</text>"
                        + "<text class=\"tick end\" x=\"%d\" y=\"%d\">peak of live arrays, %s</text>%n",
                LEFT, RIGHT, BOTTOM, BOTTOM, LEFT - 8, RIGHT, BOTTOM + 42, unit.name()));
    }

    private void budget(StringBuilder out, Scale x) {
        if (plan.budget().bytes() <= x.to()) {
            double at = x.at(plan.budget().bytes());
            out.append(Markup.format(
                    "<line class=\"budget\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                            + "<text class=\"budget-text\" x=\"%.1f\" y=\"%d\">budget</text>%n",
                    at, at, TOP, BOTTOM, at + 6, BOTTOM - 8));
        }
    }

    private void line(StringBuilder out, Scale x, Scale y, double fastest) {
        StringBuilder line = new StringBuilder();
        StringBuilder marks = new StringBuilder();
        for (PlanFigures.Point p : plan.frontier()) {
            double atX = x.at(p.peakBytes());
            double atY = y.at(fastest + p.seconds());
            line.append(Markup.format("%.1f,%.1f ", atX, atY));
            String told = p.chosen() ? "this plan" : p.knee() ? "knee" : "";
            marks.append(Markup.format(
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"><title>%s, %.3f s predicted%s</title></circle>%n",
                    p.chosen() ? "chosen" : "point",
                    atX,
                    atY,
                    p.chosen() ? CHOSEN_RADIUS : RADIUS,
                    Bytes.text(p.peakBytes()),
                    fastest + p.seconds(),
                    told.isEmpty() ? "" : ", " + told));
            if (!told.isEmpty()) {
                marks.append(Markup.format(
                        "<text class=\"told\" x=\"%.1f\" y=\"%.1f\">%s</text>%n", atX + 11, atY - 7, told));
            }
        }
        out.append(Markup.format(
                "<polyline class=\"frontier\" points=\"%s\"/>%n",
                line.toString().trim()));
        double atX = x.at(plan.plain().peakBytes());
        double atY = y.at(plan.plain().seconds());
        boolean isPlain = plan.plain().peakBytes() == plan.plan().peakBytes(); // what it is called is there already
        out.append(Markup.format(
                "<circle class=\"plain-point\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"><title>plain: %s, %.3f s predicted</title></circle>"
                        + "<text class=\"told end\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
                atX,
                atY,
                RADIUS + 1,
                Bytes.text(plan.plain().peakBytes()),
                plan.plain().seconds(),
                atX + 14,
                atY - 10,
                isPlain ? "" : "plain"));
        out.append(marks);
    }

    private void measured(StringBuilder out, Scale x, Scale y) {
        if (verified != null) {
            diamond(out, x, y, verified.plan(), "this plan");
            diamond(out, x, y, verified.plain(), "plain");
        }
    }

    private static void diamond(StringBuilder out, Scale x, Scale y, Verified.Measured measured, String what) {
        double atX = x.at(measured.peakBytes());
        double atY = y.at(measured.seconds());
        out.append(Markup.format(
                "<path class=\"measured\" d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\"><title>%s: %s, %.3f s measured</title></path>%n",
                atX,
                atY - DIAMOND,
                DIAMOND,
                DIAMOND,
                -DIAMOND,
                DIAMOND,
                -DIAMOND,
                -DIAMOND,
                what,
                Bytes.text(measured.peakBytes()),
                measured.seconds()));
    }
}
