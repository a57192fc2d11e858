package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.revlayers.memory.SameDiffTrainer;
import org.revlayers.op.RevOps;

class GraphChainTest {

    private static SameDiff graph(int n) {
        Nd4j.getRandom().setSeed(5);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("in", DataType.FLOAT, -1, 8);
        GraphChain chain = GraphChain.in(sd, "chain");
        for (int i = 0; i < n; i++) {
            chain.then("mlp" + i, (g, u) -> {
                SDVariable w = g.var("w", new XavierInitScheme('c', 8, 8), DataType.FLOAT, 8, 8);
                return RevOps.gelu(RevOps.msLayerNorm(u, 1e-6).mmul(w));
            });
        }
        SDVariable y = chain.of(x.mul(1.5));
        y.sub(0.3).norm2("loss");
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        return sd;
    }

    @TempDir
    Path folder;

    @Test
    void trainsAndIsSaved() throws Exception {
        SameDiff sd = graph(2);
        INDArray in = Nd4j.linspace(-2, 2, 40, DataType.FLOAT).reshape(5, 8);
        System.out.println(
                sd.calculateGradients(Map.of("in", in), "chain/mlp0/w").get("chain/mlp0/w"));
        float before = sd.outputSingle(Map.of("in", in), "loss").getFloat(0);
        for (int i = 0; i < 5; i++) {
            sd.fit(new DataSet(in, null));
        }
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            for (int i = 0; i < 5; i++) {}
        }
        INDArray after = sd.outputSingle(Map.of("in", in), "loss");
        assertTrue(after.getFloat(0) < before);
        File file = folder.resolve("x.fb").toFile();
        sd.save(file, true);
        SameDiff loaded = SameDiff.load(file, true);
        assertEquals(after, loaded.outputSingle(Map.of("in", in), "loss"));
        sd.fit(new DataSet(in, null));
        loaded.fit(new DataSet(in, null));
        assertEquals(
                sd.getVariable("chain/mlp0/w").getArr(),
                loaded.getVariable("chain/mlp0/w").getArr());
    }
}
