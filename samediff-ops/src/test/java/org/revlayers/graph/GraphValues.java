package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What graphs compute, compared. */
public final class GraphValues {

    private GraphValues() {}

    public static Map<String, INDArray> parameters(SameDiff sd) {
        Map<String, INDArray> parameters = new TreeMap<>();
        for (SDVariable v : sd.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                parameters.put(v.name(), v.getArr());
            }
        }
        return parameters;
    }

    public static void assertBits(Map<String, INDArray> expected, Map<String, INDArray> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> assertArrayEquals(
                values.dup('c').data().asFloat(),
                actual.get(name).dup('c').data().asFloat(),
                name));
    }

    public static void assertClose(INDArray expected, INDArray actual, double tolerance) {
        assertArrayEquals(expected.shape(), actual.shape());
        double error = expected.sub(actual).amaxNumber().doubleValue();
        assertTrue(error < tolerance, "differs by " + error);
    }
}
