package org.revlayers.examples.ode;

import java.io.PrintWriter;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.chain.OdeSolver;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;

/**
 * What an ODE layer keeps for backward, by its steps.
 *
 * @param solver of all
 * @param pairs  the batch
 */
record KeptBySteps(OdeSolver solver, DataSet pairs) {

    private static final int[] STEPS = {10, 40, 160};

    void print(PrintWriter out) {
        out.println("kept for backward, bytes (batch " + pairs.numExamples() + ")");
        out.printf("%8s %12s %12s%n", "steps", "reverse", "store");
        for (int n : STEPS) {
            out.printf("%8d %,12d %,12d%n", n, kept(n, ChainMode.REVERSE), kept(n, ChainMode.STORE));
        }
    }

    /** Without the output, which the network keeps. */
    long kept(int steps, ChainMode mode) {
        MultiLayerNetwork net = new SpiralFit(solver, steps, 1, 1).net(SpiralFit.APART, mode);
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        net.fit(pairs);
        return listener.report().rows().stream()
                .filter(row ->
                        row.layer().equals(SpiralFit.ODE) && !row.category().equals("output"))
                .mapToLong(MemoryReport.Row::bytes)
                .sum();
    }
}
