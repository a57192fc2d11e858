package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BiFunction;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.Tolerances;

/** What a solve computes is what the solvers' papers say, and it comes near the solution as h². */
class OdeSolutionTest {

    private static final double FROM = 0.3;
    private static final double TO = 1.5;

    private static MultiLayerNetwork net(OdeSolver solver, int steps, boolean time, DataType type) {
        return OdeNets.DENSE.net(
                OdeNets.DENSE
                        .ode()
                        .solver(solver)
                        .steps(steps)
                        .time(FROM, TO)
                        .timeChannel(time)
                        .build(),
                type);
    }

    /** f of the network, written again. */
    private static BiFunction<INDArray, Double, INDArray> f(MultiLayerNetwork net, boolean time) {
        return (z, t) -> {
            INDArray u = time ? Nd4j.hstack(z, Nd4j.valueArrayOf(new long[] {z.size(0), 1}, t, z.dataType())) : z;
            INDArray hidden = Transforms.tanh(u.mmul(net.getParam("0_0.W")).addRowVector(net.getParam("0_0.b")));
            return hidden.mmul(net.getParam("0_1.W")).addRowVector(net.getParam("0_1.b"));
        };
    }

    /** The steps as the papers write them. */
    private static INDArray steps(OdeSolver solver, int n, BiFunction<INDArray, Double, INDArray> f, INDArray z0) {
        double h = (TO - FROM) / n;
        INDArray z = z0.dup();
        INDArray other = solver == OdeSolver.ALF ? f.apply(z, FROM) : z.dup();
        for (int i = 0; i < n; i++) {
            double t = FROM + i * h;
            if (solver == OdeSolver.ALF) {
                INDArray k = z.add(other.mul(h / 2));
                other = f.apply(k, t + h / 2).mul(2).sub(other);
                z = k.add(other.mul(h / 2));
            } else {
                INDArray before = f.apply(other, t);
                other = z.mul(2).sub(other).add(before.mul(h));
                z = z.add(before.add(f.apply(other, t + h)).mul(h / 2));
            }
        }
        return z;
    }

    @ParameterizedTest
    @CsvSource({
        "ALF, 1, false", "ALF, 2, true", "ALF, 7, true",
        "REVERSIBLE_HEUN, 1, true", "REVERSIBLE_HEUN, 2, false", "REVERSIBLE_HEUN, 7, true"
    })
    void theStepsAreThoseOfThePapers(OdeSolver solver, int n, boolean time) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            MultiLayerNetwork net = net(solver, n, time, type);
            INDArray z0 = OdeNets.DENSE.input(type, 3);
            INDArray expected = steps(solver, n, f(net, time), z0);
            assertTrue(expected.distance2(z0) > 0.1, "it moves");
            double error = expected.distance2(OdeNets.solution(net, z0));
            double limit = type == DataType.DOUBLE ? Tolerances.DOUBLE_ORDER : Tolerances.FLOAT_ORDER;
            assertTrue(error < limit, type + ", error " + error);
        }
    }

    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void halfTheStepLeavesAQuarterOfTheError(OdeSolver solver) {
        MultiLayerNetwork net = net(solver, 1, true, DataType.DOUBLE);
        INDArray z0 = OdeNets.DENSE.input(DataType.DOUBLE, 3);
        INDArray fine = OdeNets.solution(with(net, solver, 4096), z0);
        double before = 0;
        for (int n = 16; n <= 128; n *= 2) {
            double error = fine.distance2(OdeNets.solution(with(net, solver, n), z0));
            if (before > 0) {
                assertEquals(4, before / error, 0.4, "at n = " + n);
            }
            before = error;
        }
    }

    private static MultiLayerNetwork with(MultiLayerNetwork like, OdeSolver solver, int n) {
        MultiLayerNetwork net = net(solver, n, true, DataType.DOUBLE);
        net.setParams(like.params());
        return net;
    }

    /** Leapfrog is symmetric: ALF from the end, back in time with −v, would meet its beginning; a solve with a new v meets it up to h². */
    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void timeRunsBackwardsToo(OdeSolver solver) {
        MultiLayerNetwork there = net(solver, 64, true, DataType.DOUBLE);
        ReversibleOde ode = OdeNets.DENSE
                .ode()
                .solver(solver)
                .steps(64)
                .time(TO, FROM)
                .timeChannel(true)
                .build();
        MultiLayerNetwork back = OdeNets.DENSE.net(ode, DataType.DOUBLE);
        back.setParams(there.params());
        INDArray z0 = OdeNets.DENSE.input(DataType.DOUBLE, 3);
        INDArray z1 = OdeNets.solution(there, z0);
        double error = z0.distance2(OdeNets.solution(back, z1));
        assertTrue(error < 1e-3 * z0.distance2(z1), "error " + error);
    }

    @Test
    void withoutATimeChannelOnlyTheLengthCounts() {
        INDArray z0 = OdeNets.DENSE.input(DataType.FLOAT, 3);
        ReversibleOde.Builder moved = OdeNets.DENSE.ode().steps(4).time(5, 6);
        MultiLayerNetwork one = OdeNets.DENSE.net(OdeNets.DENSE.ode().steps(4).build(), DataType.FLOAT);
        MultiLayerNetwork two = OdeNets.DENSE.net(moved.build(), DataType.FLOAT);
        assertEquals(OdeNets.solution(one, z0), OdeNets.solution(two, z0));
    }
}
