package org.revlayers.internal.planner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.memory.Arena;

class UnitMeterTest {

    private static final int RUNS = 20;

    /** What a run makes was left to the collector once: planning took three times the memory of the training. */
    @Test
    void runsLeaveNothingToTheCollector() {
        RazorSequence unit = new RazorSequence.Builder()
                .layers(new ActivationLayer(Activation.GELU))
                .build();
        unit.setNIn(InputType.recurrent(256, 64, RNNFormat.NWC), true);
        long bytes = 64L * 64 * 256 * Float.BYTES;
        long live = Arena.current().liveBytes();
        try (UnitInputs inputs = new UnitInputs(DataType.FLOAT)) {
            UnitMeter meter = new UnitMeter(
                    unit, inputs, DataType.FLOAT, true, true, false, new UnitShape(new long[] {64, 64, 256}, null));
            meter.run();
            long before = Nd4j.getEnvironment().getDeviceCouner(0); // bytes of ND4J's own buffers
            for (int i = 0; i < RUNS; i++) {
                meter.run();
            }
            long left = Nd4j.getEnvironment().getDeviceCouner(0) - before;
            assertTrue(left < 2 * bytes, left + " bytes are left by " + RUNS + " runs on arrays of " + bytes);
        }
        assertEquals(live, Arena.current().liveBytes());
    }
}
