package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.graph.RazorOptions;
import org.revlayers.internal.graph.RazorRewrite;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** SameDiff graphs through the entry that networks have. */
class RazorApplyTest {

    private static INDArray numbers(long... shape) {
        long length = 1;
        for (long side : shape) {
            length *= side;
        }
        return Nd4j.linspace(DataType.FLOAT, -1, 2.0 / length, length).reshape(shape);
    }

    private static SameDiff graph() {
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", DataType.FLOAT, 4, 6);
        SDVariable hidden = sd.math().tanh("hidden", in.mmul(sd.var("w1", numbers(6, 10))));
        SDVariable second = hidden.mmul("second", sd.var("w2", numbers(10, 10)));
        sd.math().square(second.mmul("third", sd.var("w3", numbers(10, 3)))).sum("loss");
        sd.setLossVariables("loss");
        return sd;
    }

    @Test
    void isTheRewritersResult() {
        RazorOptions options = RazorOptions.of(0.5, RazorValues.FULL);
        Conversion<SameDiff> result = Lean.convert(graph(), Memory.razor(0.5).values(RazorValues.FULL));
        assertEquals(
                List.copyOf(RazorRewrite.convert(graph(), options).swapped().keySet()),
                result.report().units().stream()
                        .map(ConversionReport.Unit::name)
                        .toList());
        assertTrue(result.report().toString().contains("third"), result.report()::toString);
        Map<String, INDArray> in = Map.of("in", numbers(4, 6));
        Compare.same(graph().outputSingle(in, "loss"), result.network().outputSingle(in, "loss"), "loss");
        Compare.different(
                graph().calculateGradients(in, "w3").get("w3"),
                result.network().calculateGradients(in, "w3").get("w3"),
                "gradient of a weight that reads x̂");
    }

    @Test
    void outputsThatNobodyComparedAreNotReported() {
        ConversionReport report = Lean.convert(graph(), Memory.razor(0.5), Map.of("in", numbers(4, 6)))
                .report();
        assertEquals(-1, report.comparison().largest());
        assertFalse(report.toString().contains("difference"), report::toString);
        assertTrue(report.toString().contains("predicted for backward: 0."), report::toString);
    }

    @Test
    void graphsWithoutALossAreRefused() {
        SameDiff sd = SameDiff.create();
        sd.placeHolder("in", DataType.FLOAT, 4, 6);
        String message = assertThrows(IllegalArgumentException.class, () -> Lean.convert(sd, Memory.razor(0.5)))
                .getMessage();
        assertTrue(message.contains("setLossVariables"), message);
    }
}
