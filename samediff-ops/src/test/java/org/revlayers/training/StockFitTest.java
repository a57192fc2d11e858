package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;

/** SameDiff.fit on our executioner, with ND4J's array cache on: one step at rate 1 subtracts the gradient. */
class StockFitTest {

    @Test
    void aStepSubtractsTheGradient() {
        for (SmallNet.Method method : List.of(SmallNet.Method.STOCK, SmallNet.Method.EXACT)) {
            SameDiff sd = SmallNet.graph(method, 3, new Sgd(1));
            DataSet batch = SmallNet.batch(0);
            Map<String, INDArray> before = new TreeMap<>();
            for (SDVariable v : sd.variables()) {
                if (v.getVariableType() == VariableType.VARIABLE) {
                    before.put(v.name(), v.getArr().dup());
                }
            }
            Map<String, INDArray> gradients = SmallNet.graph(method, 3, new Sgd(1))
                    .calculateGradients(
                            Map.of("in", batch.getFeatures(), "labels", batch.getLabels()), before.keySet());
            sd.fit(batch);
            before.forEach((name, value) -> {
                INDArray step = value.sub(sd.getVariable(name).getArr());
                double error = step.sub(gradients.get(name)).norm2Number().doubleValue();
                assertEquals(0, error / gradients.get(name).norm2Number().doubleValue(), 1e-4, method + " " + name);
            });
        }
    }
}
