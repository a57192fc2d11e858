package org.revlayers.examples.ode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Two trajectories in the plane as SVG: the true one, and the fitted one dashed.
 *
 * @param truth  {@code [points, 2]}
 * @param fitted {@code [points, 2]}
 */
record TrajectoryPicture(INDArray truth, INDArray fitted) {

    private static final int SIDE = 480;
    private static final int MARGIN = 40;

    void write(Path file) throws IOException {
        Files.writeString(file, svg());
    }

    String svg() {
        double reach =
                Math.max(truth.amaxNumber().doubleValue(), fitted.amaxNumber().doubleValue());
        return """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%1$d" viewBox="0 0 %1$d %1$d" font-family="sans-serif" font-size="13">
                <rect width="%1$d" height="%1$d" fill="#ffffff"/>
                <path d="M%2$d %3$d H%4$d M%3$d %2$d V%4$d" stroke="#cccccc"/>
                <polyline points="%5$s" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>
                <polyline points="%6$s" fill="none" stroke="#c4451c" stroke-width="1.5" stroke-dasharray="5 4"/>
                <text x="%2$d" y="20" fill="#1f5fa8">true: dz/dt = A·z³</text>
                <text x="%3$d" y="20" fill="#c4451c">neural ODE, on from its own points</text>
                </svg>
                """
                .formatted(SIDE, MARGIN, SIDE / 2, SIDE - MARGIN, line(truth, reach), line(fitted, reach));
    }

    private static String line(INDArray points, double reach) {
        return LongStream.range(0, points.size(0))
                .mapToObj(i -> String.format(Locale.ROOT, "%.1f,%.1f", x(points, i, reach), y(points, i, reach)))
                .collect(Collectors.joining(" "));
    }

    private static double x(INDArray points, long i, double reach) {
        return SIDE / 2.0 + points.getDouble(i, 0) / reach * (SIDE / 2.0 - MARGIN);
    }

    private static double y(INDArray points, long i, double reach) {
        return SIDE / 2.0 - points.getDouble(i, 1) / reach * (SIDE / 2.0 - MARGIN);
    }
}
