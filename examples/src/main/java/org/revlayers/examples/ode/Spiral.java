package org.revlayers.examples.ode;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.chain.OdeSolver;

/**
 * The spiral of the neural ODE paper (arXiv 1806.07366): dz/dt = A·z³ from (2, 0), A = [[−0.1, 2], [−2, −0.1]], at times 0, {@value #SPACING},
 * 2·{@value #SPACING}, …
 *
 * @param points {@code [times, 2]}, FLOAT
 */
record Spiral(INDArray points) {

    /** Time between two points. */
    static final double SPACING = 0.025;

    private static final int POINTS = 1000;

    /** Steps of the solver between two points. */
    private static final int FINE = 8;

    /** The one that the true system takes. */
    static Spiral fromTruth() {
        INDArray transposed = Nd4j.createFromArray(new double[][] {{-0.1, -2}, {2, -0.1}});
        PlainSolver solver = new PlainSolver(OdeSolver.ALF, (s, t) -> {
            INDArray z = s.get(0);
            return List.of(z.mul(z).mul(z).mmul(transposed));
        });
        INDArray points = Nd4j.create(DataType.FLOAT, POINTS, 2);
        List<INDArray> z = List.of(Nd4j.createFromArray(new double[][] {{2, 0}}));
        for (int i = 0; i < POINTS; i++) {
            points.putRow(i, z.get(0).castTo(DataType.FLOAT));
            z = solver.solve(z, 0, SPACING, FINE);
        }
        return new Spiral(points);
    }

    /** Where it begins, {@code [1, 2]}. */
    INDArray start() {
        return points.getRow(0, true).dup();
    }

    /** Every point, and where the system is so many points later. */
    DataSet pairs(int apart) {
        long from = points.size(0) - apart;
        return new DataSet(rows(0, from), rows(apart, points.size(0)));
    }

    private INDArray rows(long from, long to) {
        return points.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).dup('c');
    }
}
