package org.revlayers.internal.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.revlayers.plan.Bytes;

/**
 * At most ten rows of a frontier, for people: the first point, the last, the chosen plan, the knee, and points evenly between. The knee is the point
 * nearest to the origin once peaks and seconds are scaled to 0 … 1; it moves with the range that methods span, so it is for looking at only.
 *
 * @param rows in order of their peaks
 */
public record FrontierTable(List<Row> rows) {

    /** The most rows. */
    public static final int MOST_ROWS = 10;

    /**
     * One of them.
     *
     * @param point  peak, seconds, exactness
     * @param chosen whether it is the plan that was chosen
     * @param knee   whether it is the knee
     */
    public record Row(FrontierPoint point, boolean chosen, boolean knee) {}

    public FrontierTable {
        rows = List.copyOf(rows);
    }

    /** Of a frontier and one of its plans, which stands for the point that is as fast. */
    public static FrontierTable of(Frontier frontier, Solution chosen) {
        List<FrontierPoint> points = new ArrayList<>(frontier.points());
        int at = 0;
        while (at + 1 < points.size() && points.get(at + 1).peakBytes() <= chosen.peakBytes()) {
            at++;
        }
        points.set(at, new FrontierPoint(chosen.peakBytes(), chosen.seconds(), chosen.exactness()));
        int knee = knee(points);
        List<Row> rows = new ArrayList<>();
        for (int i : shown(points.size(), at, knee)) {
            rows.add(new Row(points.get(i), i == at, i == knee));
        }
        return new FrontierTable(rows);
    }

    /** Index of the knee, the first of several. */
    static int knee(List<FrontierPoint> points) {
        FrontierPoint lean = points.get(0);
        FrontierPoint fast = points.get(points.size() - 1);
        double bytes = Math.max(1, fast.peakBytes() - lean.peakBytes());
        double seconds = Math.max(Double.MIN_NORMAL, lean.seconds() - fast.seconds());
        int knee = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < points.size(); i++) {
            double distance = Math.hypot(
                    (points.get(i).peakBytes() - lean.peakBytes()) / bytes,
                    (points.get(i).seconds() - fast.seconds()) / seconds);
            if (distance < least) {
                least = distance;
                knee = i;
            }
        }
        return knee;
    }

    private static Set<Integer> shown(int points, int chosen, int knee) {
        for (int even = Math.min(MOST_ROWS, points); ; even--) {
            Set<Integer> shown = new TreeSet<>(List.of(0, points - 1));
            shown.add(chosen);
            shown.add(knee);
            for (int i = 1; i + 1 < even; i++) {
                shown.add((int) Math.round((double) i * (points - 1) / (even - 1)));
            }
            if (shown.size() <= MOST_ROWS) {
                return shown;
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format("%12s  %12s  %s%n", "peak", "extra", "exactness"));
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "%12s  %10.4f s  %s%s%s%n",
                    Bytes.text(row.point().peakBytes()),
                    row.point().seconds(),
                    row.point().exactness(),
                    row.chosen() ? ", chosen" : "",
                    row.knee() ? ", knee" : ""));
        }
        return text.toString();
    }
}
