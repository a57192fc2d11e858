package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.internal.op.dropout.DropoutReplay;
import org.revlayers.op.RevOps;

class DropoutReplayTest {

    @Test
    void sameSeedAndStepGiveTheSameMaskEveryTime() {
        INDArray x = Nd4j.ones(DataType.FLOAT, 40, 50);
        INDArray first = Nd4j.exec(DropoutReplay.at(3, 0.25, 9).on(x))[0];
        assertEquals(first, Nd4j.exec(DropoutReplay.at(3, 0.25, 9).on(x))[0]);
        assertEquals(first, Nd4j.exec(DropoutReplay.at(3, 0.25, 9).backward().on(x))[0]);
        assertNotEquals(first, Nd4j.exec(DropoutReplay.at(4, 0.25, 9).on(x))[0]);
        assertNotEquals(first, Nd4j.exec(DropoutReplay.at(3, 0.25, 8).on(x))[0]);
        assertEquals(1, first.meanNumber().doubleValue(), 0.05);
        assertEquals(4 / 3f, first.maxNumber().floatValue(), 1e-6f);
    }

    /** With y = dropout(x·w) and loss Σy, dw is proportional to the kept elements: a step shows the mask that it used. */
    @Test
    void everyTrainingStepDrawsItsOwnMaskAndOutputDrawsNone() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, 1, 1000);
        SDVariable w = sd.var("w", Nd4j.ones(DataType.FLOAT, 1, 1000));
        SDVariable y = RevOps.dropoutReplay(x.mul(w), 0.5, 42).rename("y");
        y.sum("loss");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Sgd(1))
                .dataSetFeatureMapping("x")
                .markLabelsUnused()
                .build());
        INDArray ones = Nd4j.ones(DataType.FLOAT, 1, 1000);
        assertEquals(ones, sd.outputSingle(Map.of("x", ones), "y"));
        INDArray before = w.getArr().dup();
        for (int step = 0; step < 3; step++) {
            sd.fit(new DataSet(ones, null));
            INDArray change = before.sub(w.getArr());
            assertEquals(Nd4j.exec(DropoutReplay.at(step, 0.5, 42).on(ones))[0], change, "step " + step);
            before = w.getArr().dup();
        }
    }

    @Test
    void refusesProbabilitiesThatDropEverything() {
        assertThrows(IllegalArgumentException.class, () -> DropoutReplay.at(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> DropoutReplay.at(0, -0.1, 1));
        assertThrows(IllegalArgumentException.class, () -> DropoutReplay.at(0, Double.NaN, 1));
    }
}
