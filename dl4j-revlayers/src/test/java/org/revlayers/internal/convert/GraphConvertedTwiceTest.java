package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Restoration;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;

/** Thinned ops that a second conversion has put into chains. */
class GraphConvertedTwiceTest {

    private static final int WIDTH = 6;
    private static final Map<String, INDArray> SAMPLE = Map.of("in", numbers(4, 0));

    private static INDArray numbers(int rows, double start) {
        return Nd4j.math()
                .sin(Nd4j.linspace(DataType.FLOAT, start, 0.9, (long) rows * WIDTH))
                .reshape(rows, WIDTH);
    }

    /** Three blocks of two products each. */
    private static SameDiff graph() {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("in", DataType.FLOAT, -1, WIDTH);
        for (int i = 0; i < 3; i++) {
            SDVariable first = sd.var("v" + i, numbers(WIDTH, i).mul(0.3));
            SDVariable second = sd.var("w" + i, numbers(WIDTH, 9 + i).mul(0.3));
            x = x.add("sum" + i, sd.math().tanh(x.mmul(first)).mmul("out" + i, second));
        }
        sd.math().square(x).sum("loss");
        sd.setLossVariables("loss");
        return sd;
    }

    private static List<String> ops(SameDiff sd) {
        return sd.getOps().values().stream()
                .map(op -> op.getOp().opName())
                .sorted()
                .toList();
    }

    @Test
    void theyBecomeStockOnesToo(@TempDir Path folder) {
        SameDiff sd = graph();
        SameDiff thin = Lean.convert(sd, Memory.razor(0.5)).network();
        SameDiff twice = Lean.convert(thin, Memory.checkpoint(), SAMPLE).network();
        File file = folder.resolve("twice.fb").toFile();
        twice.save(file, true);
        for (SameDiff from : new SameDiff[] {twice, SameDiff.load(file, true)}) {
            Restoration<SameDiff> plain = Lean.restore(from, SAMPLE);
            assertEquals(ops(sd), ops(plain.network()));
            assertEquals(
                    sd.variableMap().keySet(), plain.network().variableMap().keySet());
            assertEquals(List.of(), plain.report().left());
            assertTrue(plain.report().comparison().difference() < 1e-5, plain::toString);
            for (String name : List.of("v0", "w2")) {
                Compare.same(
                        sd.calculateGradients(SAMPLE, name).get(name),
                        plain.network().calculateGradients(SAMPLE, name).get(name),
                        name);
            }
        }
    }

    /** Bytes for backward take the sizes of all placeholders. */
    @Test
    void theReportSaysWhatASampleLacks() {
        SameDiff sd = graph();
        SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, WIDTH);
        sd.math().squaredDifference(sd.getVariable("sum2"), label).sum("distance");
        sd.setLossVariables("distance");
        ConversionReport without = Lean.convert(sd, Memory.checkpoint(), SAMPLE).report();
        assertEquals(-1, without.comparison().keptBefore());
        ConversionReport thin = Lean.convert(sd, Memory.razor(0.5), SAMPLE).report();
        assertTrue(thin.toString().contains("the sizes of all placeholders, labels too"), thin::toString);
        assertTrue(without.toString().contains("the sizes of all placeholders, labels too"), without::toString);
        ConversionReport with = Lean.convert(
                        sd, Memory.checkpoint(), Map.of("in", SAMPLE.get("in"), "label", numbers(4, 1)))
                .report();
        assertTrue(with.comparison().keptAfter() < with.comparison().keptBefore(), with::toString);
    }
}
