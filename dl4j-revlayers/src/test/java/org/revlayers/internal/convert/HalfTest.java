package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;

/** {@link Memory#half}: the plain function, gradients at values rounded to binary16, half of the bytes. */
class HalfTest {

    private final ComputationGraph net = ResidualGraphs.net(false, ResidualGraphs.global(DataType.FLOAT));
    private final DataSet data = ResidualGraphs.data(DataType.FLOAT, 4);
    private final Sample sample = Sample.of(data.getFeatures());

    private INDArray gradient(Memory memory) {
        ComputationGraph lean = Lean.convert(net, memory).network();
        lean.setInputs(data.getFeatures());
        lean.setLabels(data.getLabels());
        lean.computeGradientAndScore();
        return lean.getFlattenedGradients().dup();
    }

    @Test
    void outputsAreThoseOfThePlainNetwork() {
        Conversion<ComputationGraph> half = Lean.convert(net, Memory.half());
        Compare.near(
                Lean.convert(net, Memory.store()).network().outputSingle(data.getFeatures()),
                half.network().outputSingle(data.getFeatures()),
                0,
                "output");
        assertEquals("half sequence", half.report().units().get(0).kind());
        Compare.near(
                net.outputSingle(data.getFeatures()),
                Lean.restore(half.network()).outputSingle(data.getFeatures()),
                0,
                "output of the restored network");
    }

    /** Eleven bits of a value, and sums of many. */
    @Test
    void gradientsAreNearTheExactOnes() {
        INDArray exact = gradient(Memory.store());
        INDArray half = gradient(Memory.half());
        double difference = half.sub(exact).norm2Number().doubleValue()
                / exact.norm2Number().doubleValue();
        assertTrue(difference > 0 && difference < 2e-3, "relative difference of the gradient " + difference);
    }

    @Test
    void predictsHalfOfWhatIsStored() {
        ConversionReport.Comparison stored =
                Lean.convert(net, Memory.store(), sample).report().comparison();
        ConversionReport.Comparison half =
                Lean.convert(net, Memory.half(), sample).report().comparison();
        assertTrue(
                half.keptAfter() < 0.75 * stored.keptAfter(),
                () -> "kept " + half.keptAfter() + " bytes, stored " + stored.keptAfter());
    }
}
