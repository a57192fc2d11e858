package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.keep.KeepsForBackward;
import org.revlayers.internal.memory.Arena;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.reversible.ChainMode;

/** What a solve keeps does not grow with its steps, and is what was predicted. */
class OdeMemoryTest {

    private static final int BATCH = 16;

    private static MultiLayerNetwork net(OdeNets nets, ReversibleOde.Builder ode, DataType type) {
        MultiLayerNetwork net = nets.net(ode.timeChannel(true).build(), type);
        net.fit(nets.data(type, BATCH)); // the first forward finds out the range
        return net;
    }

    /** Bytes that wait for backward. */
    private static long kept(OdeNets nets, ReversibleOde.Builder ode, DataType type) {
        MultiLayerNetwork net = net(nets, ode, type);
        net.setInput(nets.data(type, BATCH).getFeatures());
        net.feedForward(true, false);
        long bytes = ((KeepsForBackward) net.getLayer(0)).kept().bytes();
        net.clear();
        return bytes;
    }

    private static long peak(OdeSolver solver, int n) {
        MultiLayerNetwork net =
                net(OdeNets.DENSE, OdeNets.DENSE.ode().solver(solver).steps(n), DataType.FLOAT);
        Arena.current().resetPeak();
        long before = Arena.current().liveBytes();
        net.fit(OdeNets.DENSE.data(DataType.FLOAT, BATCH));
        return Arena.current().peakLiveBytes() - before;
    }

    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void stepsCostNothing(OdeSolver solver) {
        long elements = OdeNets.DENSE.input(DataType.FLOAT, BATCH).length();
        for (int n : new int[] {10, 160}) {
            ReversibleOde.Builder ode = OdeNets.DENSE.ode().solver(solver).steps(n);
            assertEquals(8 * elements, kept(OdeNets.DENSE, ode, DataType.FLOAT), "n = " + n);
            assertEquals(16 * elements, kept(OdeNets.DENSE, ode, DataType.DOUBLE), "DOUBLE, n = " + n);
        }
        assertEquals(peak(solver, 10), peak(solver, 160), "peak");
    }

    @Test
    void storedStepsCostWhatTheyKeep() {
        long few = kept(OdeNets.DENSE, OdeNets.DENSE.ode().mode(ChainMode.STORE).steps(10), DataType.FLOAT);
        long many =
                kept(OdeNets.DENSE, OdeNets.DENSE.ode().mode(ChainMode.STORE).steps(40), DataType.FLOAT);
        assertTrue(few > 0);
        assertEquals(4 * few, many);
    }

    @ParameterizedTest
    @EnumSource(OdeNets.class)
    void predictionIsWhatIsKept(OdeNets nets) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (OdeSolver solver : OdeSolver.values()) {
                for (ChainMode mode : ChainMode.values()) {
                    for (int n : new int[] {1, 4}) {
                        ReversibleOde.Builder ode =
                                nets.ode().solver(solver).mode(mode).steps(n);
                        MultiLayerNetwork net = net(nets, ode, type);
                        MemoryListener listener = new MemoryListener();
                        net.addListeners(listener);
                        net.fit(nets.data(type, BATCH));
                        String what = type + ", " + solver + ", " + mode + ", n = " + n;
                        for (MemoryReport.Row row : listener.report().rows()) {
                            if (row.layer().equals("ode")) {
                                assertEquals(row.bytes(), row.predicted(), what + ": " + row);
                            }
                        }
                        assertTrue(listener.report().rows().size() > 1, what);
                    }
                }
            }
        }
    }
}
