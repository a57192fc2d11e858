package org.revlayers.examples.ode;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.OdeSolver;

/**
 * The solvers as their papers write them, in floating point: of arrays that change together, such as z, its adjoint and the gradient.
 *
 * @param solver which
 * @param f      the derivatives of the state
 */
record PlainSolver(OdeSolver solver, Field f) {

    /** ds/dt = f(s, t). */
    @FunctionalInterface
    interface Field {
        List<INDArray> at(List<INDArray> state, double t);
    }

    /** The state at {@code to}, in n equal steps; {@code to} may be before {@code from}. */
    List<INDArray> solve(List<INDArray> state, double from, double to, int n) {
        double h = (to - from) / n;
        return solver == OdeSolver.ALF ? leapfrog(state, from, h, n) : heun(state, from, h, n);
    }

    private List<INDArray> leapfrog(List<INDArray> start, double from, double h, int n) {
        List<INDArray> z = start;
        List<INDArray> v = f.at(z, from);
        for (int i = 0; i < n; i++) {
            List<INDArray> k = plus(z, h / 2, v);
            v = plus(plus(v, -2, v), 2, f.at(k, from + (i + 0.5) * h));
            z = plus(k, h / 2, v);
        }
        return z;
    }

    private List<INDArray> heun(List<INDArray> start, double from, double h, int n) {
        List<INDArray> z = start;
        List<INDArray> other = start;
        List<INDArray> before = f.at(other, from);
        for (int i = 1; i <= n; i++) {
            other = plus(plus(plus(z, 1, z), -1, other), h, before);
            List<INDArray> after = f.at(other, from + i * h);
            z = plus(plus(z, h / 2, before), h / 2, after);
            before = after;
        }
        return z;
    }

    /** a + c·b. */
    private static List<INDArray> plus(List<INDArray> a, double c, List<INDArray> b) {
        List<INDArray> sum = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            sum.add(a.get(i).add(b.get(i).mul(c)));
        }
        return sum;
    }
}
