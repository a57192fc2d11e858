package org.revlayers.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/** What is changed between two steps is trained as if it had been so from the start: SGD has no memory. */
class SameDiffTrainerChangesTest {

    private static SameDiff graph() {
        Nd4j.getRandom().setSeed(7);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 8);
        SDVariable label = sd.placeHolder("label", DataType.FLOAT, -1, 8);
        SDVariable w = sd.var("w", Nd4j.randn(DataType.FLOAT, 8, 8));
        SDVariable c = sd.constant("c", Nd4j.randn(DataType.FLOAT, 8, 8).muli(0.3));
        SDVariable y = sd.math().tanh(sd.math().tanh(x.mmul(w)).mmul(c)).rename("y");
        sd.loss().meanSquaredError("loss", label, y, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(config(new Sgd(0.5)));
        return sd;
    }

    private static TrainingConfig config(IUpdater updater) {
        return TrainingConfig.builder()
                .updater(updater)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("label")
                .build();
    }

    private static DataSet batch() {
        Nd4j.getRandom().setSeed(1);
        return new DataSet(Nd4j.randn(DataType.FLOAT, 4, 8), Nd4j.randn(DataType.FLOAT, 4, 8));
    }

    private static INDArray other() {
        return Nd4j.linspace(-1, 1, 64, DataType.FLOAT).reshape(8, 8);
    }

    /** After a step and the change, two steps; against the change and two steps of a graph that starts from the same values. */
    private static void check(String what, Consumer<SameDiff> change) {
        SameDiff changed = graph();
        SameDiff fresh = graph();
        try (SameDiffTrainer trainer = new SameDiffTrainer(changed)) {
            trainer.fit(batch());
            fresh.getVariable("w").getArr().assign(changed.getVariable("w").getArr());
            change.accept(changed);
            change.accept(fresh);
            try (SameDiffTrainer reference = new SameDiffTrainer(fresh)) {
                for (int step = 0; step < 2; step++) {
                    assertEquals(
                            reference.fit(batch()).totalLoss(),
                            trainer.fit(batch()).totalLoss(),
                            1e-6,
                            what);
                }
            }
        }
        fresh.variables().forEach(v -> {
            if (!v.isPlaceHolder() && v.getArr() != null) {
                assertEquals(v.getArr(), changed.getVariable(v.name()).getArr(), what + ": " + v.name());
            }
        });
    }

    @Test
    void arraysOfParametersAndConstants() {
        check("setArray", sd -> sd.getVariable("w").setArray(other()));
        check("setArray in f order", sd -> sd.getVariable("w").setArray(other().dup('f')));
        check("setArray of a view", sd -> sd.getVariable("w")
                .setArray(Nd4j.concat(0, other(), other()).get(NDArrayIndex.interval(4, 12), NDArrayIndex.all())));
        check("setArray of another type", sd -> sd.getVariable("w").setArray(other().castTo(DataType.DOUBLE)));
        check("associateArrayWithVariable", sd -> sd.associateArrayWithVariable(other(), "w"));
        check("assignArray", sd -> sd.assignArray(other(), sd.getVariable("w")));
        check("constant", sd -> sd.getVariable("c").setArray(other()));
    }

    @Test
    void arraysThatAreGivenAreNotTrained() {
        SameDiff sd = graph();
        INDArray mine = other();
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.fit(batch());
            sd.getVariable("w").setArray(mine);
            trainer.fit(batch());
        }
        assertTrue(!sd.getVariable("w").getArr().equals(other()), "not trained");
    }

    @Test
    void lossesAndParametersThatAreAdded() {
        check("addLossVariable of a new variable", sd -> {
            sd.getVariable("y").norm2("extra");
            sd.addLossVariable("extra");
        });
        check("addLossVariable of one that is there", sd -> sd.addLossVariable("y"));
        check("setLossVariables with a new parameter", sd -> {
            sd.getVariable("y").add(sd.var("b", Nd4j.ones(DataType.FLOAT, 8))).norm2("extra");
            sd.setLossVariables("loss", "extra");
        });
        check("a parameter that nothing reads", sd -> sd.var("b", Nd4j.ones(DataType.FLOAT, 8)));
        check("unfrozen", sd -> sd.getVariable("c").convertToVariable());
    }

    @Test
    void trainingConfigurations() {
        check("learning rate", sd -> sd.setTrainingConfig(config(new Sgd(5))));
        check("labels by another name", sd -> {
            sd.renameVariable("x", "features");
            sd.getTrainingConfig().setDataSetFeatureMapping(java.util.List.of("features"));
        });
    }

    @Test
    void renamedParametersKeepTheirStateOrSayHow() {
        SameDiff sd = graph();
        try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
            trainer.fit(batch());
            sd.renameVariable("w", "weights");
            String message = assertThrows(IllegalStateException.class, () -> trainer.fit(batch()))
                    .getMessage();
            assertTrue(message.contains("weights") && message.contains("getUpdaterMap"), message);
        }
    }
}
