package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.revlayers.internal.contract.Pass;
import org.revlayers.layers.Compare;

class DropoutInnerTest {

    private static final double STAY = 0.75;

    private static Layer[] layers() {
        return new Layer[] {new DropoutLayer(STAY)};
    }

    @Test
    void repeatsItself() {
        InnerContract.behaves(DropoutInnerTest::layers, HostChoice.OWN, 3, 50);
    }

    @Test
    void inferenceIsTheIdentity() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layers());
        INDArray x = Twin.normal(DataType.FLOAT, 1, 3, 5);
        Compare.same(x, twin.output(x, Twin.TRAINING.frozen()), "inference");
    }

    @Test
    void backwardDropsWhatForwardDropped() {
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, layers());
        INDArray ones = Nd4j.ones(DataType.FLOAT, 100, 100);
        Twin.Step step = twin.inner(ones, ones, Twin.TRAINING);
        Compare.same(step.out(), step.dx(), "factors of forward and backward");
        assertEquals(0, twin.kept.bytes(), "nothing is kept");
        double stayed = step.out().gt(0).castTo(DataType.FLOAT).meanNumber().doubleValue();
        assertEquals(
                STAY,
                stayed,
                5 * Math.sqrt(STAY * (1 - STAY) / ones.length()),
                "what stays is what DL4J's number says");
        assertEquals(1 / STAY, step.out().maxNumber().doubleValue(), 1e-6, "what stays grows by its inverse");
    }

    @Test
    void followsItsSchedule() {
        Dropout scheduled = new Dropout(new MapSchedule.Builder(ScheduleType.ITERATION)
                .add(0, 1.0)
                .add(3, 0.5)
                .build());
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                new DropoutLayer.Builder().dropOut(scheduled).build());
        INDArray ones = Nd4j.ones(DataType.FLOAT, 4, 100);
        Compare.same(ones, twin.output(ones, new Pass(true, 0, 0, 7, null)), "iteration 0");
        assertEquals(
                2, twin.output(ones, new Pass(true, 3, 0, 7, null)).maxNumber().doubleValue(), 0, "iteration 3");
    }
}
