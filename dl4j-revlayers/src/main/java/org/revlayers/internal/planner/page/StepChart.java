package org.revlayers.internal.planner.page;

import java.util.List;
import org.revlayers.internal.planner.PlanFigures;
import org.revlayers.internal.planner.StepMemory.Part;
import org.revlayers.internal.text.Markup;
import org.revlayers.plan.Bytes;

/**
 * Memory over one step: forward through the units, then backward. Bars are the plan, what is kept for backward darker, a line is plain, another one the
 * budget.
 *
 * @param plan with memory over a step
 */
record StepChart(PlanFigures plan) {

    private static final int WIDTH = 1080;
    private static final int HEIGHT = 412;
    private static final int LEFT = 64;
    private static final int RIGHT = 1066;
    private static final int TOP = 30;
    private static final int BOTTOM = 318;
    private static final double HEADROOM = 1.06;
    private static final double BETWEEN_LABELS = 15;
    private static final int LABEL = 14;
    private static final int GAP = 12;

    @Override
    public String toString() {
        List<Part> plain = plan.memory().plain();
        int units = plain.stream().mapToInt(Part::units).sum();
        Scale x = new Scale(0, 2 * units, LEFT, RIGHT);
        double most = HEADROOM
                * Math.max(plan.plan().peakBytes(), Math.max(plan.plain().peakBytes(), shownBudget()));
        Scale y = new Scale(0, most, BOTTOM, TOP);
        StringBuilder out = new StringBuilder(Markup.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"step-title step-text\">"
                        + "<title id=\"step-title\">Memory over one step</title><desc id=\"step-text\">Live bytes while each unit"
                        + " runs forward and then backward. Plain peaks at %s, the plan at %s; the budget is %s.</desc>%n",
                WIDTH,
                HEIGHT,
                Bytes.text(plan.plain().peakBytes()),
                Bytes.text(plan.plan().peakBytes()),
                Bytes.text(plan.budget().bytes())));
        sizes(out, y, most);
        area(out, x, y, units, plain);
        bars(out, x, y, units);
        labels(out, x, plain, units);
        if (showsBudget()) {
            double at = y.at(plan.budget().bytes());
            out.append(Markup.format(
                    "<line class=\"budget\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"budget-text\" x=\"%d\" y=\"%.1f\">budget %s</text>%n",
                    LEFT,
                    RIGHT,
                    at,
                    at,
                    LEFT + 6,
                    at - 6,
                    Bytes.text(plan.budget().bytes())));
        }
        return out.append("</svg>\n").toString();
    }

    boolean showsBudget() {
        return shownBudget() > 0;
    }

    /** A budget far above all else would flatten the picture, and is left to the text. */
    private double shownBudget() {
        long budget = plan.budget().bytes();
        return budget <= 2 * Math.max(plan.plain().peakBytes(), plan.plan().peakBytes()) ? budget : 0;
    }

    private static void sizes(StringBuilder out, Scale y, double most) {
        ByteUnit unit = ByteUnit.of(most);
        Scale inUnits = new Scale(0, most / unit.bytes(), y.start(), y.end());
        for (double tick : inUnits.ticks()) {
            double at = inUnits.at(tick);
            out.append(Markup.format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"tick end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT, RIGHT, at, at, LEFT - 8, at + 4, ByteUnit.text(tick)));
        }
        out.append(Markup.format("<text class=\"tick end\" x=\"%d\" y=\"%d\">%s</text>%n", LEFT - 8, 14, unit.name()));
    }

    private static void area(StringBuilder out, Scale x, Scale y, int units, List<Part> plain) {
        StringBuilder line = new StringBuilder();
        int at = 0;
        for (Part part : plain) {
            level(line, x, y, at, at + part.units(), part.forward());
            at += part.units();
        }
        for (int i = plain.size() - 1; i >= 0; i--) {
            level(line, x, y, at, at + plain.get(i).units(), plain.get(i).backward());
            at += plain.get(i).units();
        }
        out.append(Markup.format(
                "<polygon class=\"plain-area\" points=\"%d,%d %s%d,%d\"/><polyline class=\"plain-line\" points=\"%s\"/>%n",
                LEFT, BOTTOM, line, RIGHT, BOTTOM, line.toString().trim()));
    }

    private static void level(StringBuilder line, Scale x, Scale y, int from, int to, long bytes) {
        line.append(Markup.format("%.1f,%.1f %.1f,%.1f ", x.at(from), y.at(bytes), x.at(to), y.at(bytes)));
    }

    private void bars(StringBuilder out, Scale x, Scale y, int units) {
        List<Part> parts = plan.memory().plan();
        long kept = plan.restBytes();
        int at = 0;
        for (Part part : parts) {
            kept += part.kept();
            bar(out, x, y, at, part, part.forward(), kept, "forward");
            at += part.units();
        }
        for (int i = parts.size() - 1; i >= 0; i--) {
            Part part = parts.get(i);
            bar(out, x, y, at, part, part.backward(), kept, "backward");
            kept -= part.kept();
            at += part.units();
        }
    }

    private static void bar(
            StringBuilder out, Scale x, Scale y, int at, Part part, long peak, long kept, String direction) {
        double from = x.at(at);
        double width = x.at(at + part.units()) - from;
        double gap = Math.min(2, width / 4);
        out.append(Markup.format(
                "<g class=\"%s\"><title>%s, %s, %s: %s, of which kept %s</title>"
                        + "<rect class=\"live\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
                        + "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></g>%n",
                Methods.style(part.answer()),
                Markup.escaped(part.name()),
                direction,
                part.answer().label(),
                Bytes.text(peak),
                Bytes.text(kept),
                from + gap / 2,
                y.at(peak),
                width - gap,
                BOTTOM - y.at(peak),
                from + gap / 2,
                y.at(Math.min(kept, peak)),
                width - gap,
                BOTTOM - y.at(Math.min(kept, peak))));
    }

    private static void labels(StringBuilder out, Scale x, List<Part> plain, int units) {
        out.append(Markup.format(
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
                        + "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n",
                LEFT, RIGHT, BOTTOM, BOTTOM, x.at(units), x.at(units), TOP, BOTTOM + 6));
        out.append(Markup.format(
                "<text class=\"tick mid\" x=\"%.1f\" y=\"%d\">forward →</text><text class=\"tick mid\" x=\"%.1f\" y=\"%d\">backward →</text>%n",
                x.at(units / 2.0), 20, x.at(units * 1.5), 20));
        double last = -BETWEEN_LABELS;
        int at = 0;
        for (int i = 0; i < 2 * plain.size(); i++) {
            Part part = plain.get(i < plain.size() ? i : 2 * plain.size() - 1 - i);
            double middle = x.at(at + part.units() / 2.0);
            at += part.units();
            if (middle - last >= BETWEEN_LABELS) {
                last = middle;
                out.append(Markup.format(
                        "<text class=\"tick end\" transform=\"translate(%.1f %d) rotate(-45)\">%s</text>%n",
                        middle + 4, BOTTOM + GAP, Markup.shortened(part.name(), LABEL)));
            }
        }
    }
}
