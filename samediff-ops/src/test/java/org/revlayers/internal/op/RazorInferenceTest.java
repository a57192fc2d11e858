package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.RecyclingMemoryMgr;
import org.revlayers.keep.RazorValues;
import org.revlayers.op.RevOps;

/** Copies for backward are made where there is one. */
class RazorInferenceTest {

    @Test
    void outputTakesNoMemoryForCopies() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 64, 64);
        SDVariable w = sd.var("w", Nd4j.rand(DataType.FLOAT, 64, 64));
        RevOps.razorLinear(RevOps.razorLinear(x, w, null, 0.5, RazorValues.FP16), w, null, 0.5, RazorValues.FP16)
                .rename("razor");
        x.mmul(w).mmul(w).rename("plain");
        INDArray value = Nd4j.rand(DataType.FLOAT, 64, 64);
        INDArray[] outputs = new INDArray[2];
        long[] peaks = new long[2];
        for (int i = 0; i < 2; i++) {
            String name = List.of("plain", "razor").get(i);
            RecyclingMemoryMgr memory = new RecyclingMemoryMgr();
            InferenceSession session = new InferenceSession(sd);
            session.setMmgr(memory);
            outputs[i] = session.output(List.of(name), Map.of("x", value), null, List.of(), List.of(), At.defaultAt())
                    .get(name)
                    .dup();
            peaks[i] = memory.stepPeakBytes();
            memory.close();
        }
        assertEquals(outputs[0], outputs[1]);
        assertTrue(peaks[1] < peaks[0] + 256, peaks[1] + " bytes, plain " + peaks[0]);
    }
}
