package org.revlayers.chain;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.internal.inner.InnerNetwork;

/**
 * A solve as a chain: both solvers are the leapfrog x' = y + 2·h·f(x, t), y' = x, and differ in how it begins and ends.
 *
 * <pre>
 *   ALF               x = z₀ + h/2·f(z₀, t₀)   y = z₀ − h/2·f(z₀, t₀)   f at t₀ + (i + ½)·h, i = 0 … n − 1   z = (x + y)/2
 *   REVERSIBLE_HEUN   x = z₀ + h·f(z₀, t₀)     y = z₀                   f at t₀ + i·h, i = 1 … n − 1         z = (x + y)/2 + h/2·f(x, t₁)
 * </pre>
 *
 * <p>Between them: x is ALF's k, and y is k − h·v; x is Heun's ẑ, and y is the ẑ of the step before. In integer streams each coupling is an addition
 * and takes no side bits.
 *
 * @param ode the configuration
 */
record OdeSteps(ReversibleOde ode) {

    /** How many couplings there are. */
    int count() {
        return atMidpoints() ? ode.getSteps() : ode.getSteps() - 1;
    }

    /** Whether the streams become z without another evaluation of f. */
    boolean atMidpoints() {
        return ode.getSolver() == OdeSolver.ALF;
    }

    private double length() {
        return (ode.getTo() - ode.getFrom()) / ode.getSteps();
    }

    /** The functions of the chain. */
    ChainBranches of(VectorField field) {
        double h = length();
        InnerNetwork first = field.at(ode.getFrom(), atMidpoints() ? h / 2 : h, false);
        InnerNetwork start = InnerNetwork.of(List.of(new OdeStart(ode, field, first, atMidpoints())));
        List<Branch> steps = new ArrayList<>();
        for (int i = 0; i < count(); i++) {
            double t = ode.getFrom() + (atMidpoints() ? i + 0.5 : i + 1) * h;
            boolean last = atMidpoints() && i + 1 == count();
            steps.add(new Branch("step " + (i + 1), null, field.at(t, 2 * h, last)));
        }
        InnerNetwork end = atMidpoints()
                ? null
                : InnerNetwork.of(List.of(new OdeEnd(new Features(ode), field.at(ode.getTo(), h / 2, true))));
        return new ChainBranches(start, steps, end);
    }
}
