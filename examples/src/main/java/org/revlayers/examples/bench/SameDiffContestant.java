package org.revlayers.examples.bench;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.training.SameDiffTrainer;

/**
 * {@link StockSameDiffVit} trained by stock {@code SameDiff.fit(DataSet)}. {@code fit} does not say what it keeps: that is counted in one
 * more step, by {@link SameDiffTrainer}, which runs the same graph and lets arrays go as early as its use counts allow.
 */
final class SameDiffContestant implements Contestant {

    private static final double SPREAD = 0.02;

    private final DataSet data;
    private final SameDiff graph;

    SameDiffContestant(VitShape shape) {
        data = shape.data();
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(1);
        graph = new StockSameDiffVit(shape, StockSameDiffVit.Gelu.SIGMOID, (name, dims) -> initial(name, dims, random))
                .build(new Sgd(NetworkContestant.LEARNING_RATE));
    }

    private static INDArray initial(String name, long[] shape, Random random) {
        if (name.endsWith("Gamma")) {
            return Nd4j.ones(DataType.FLOAT, shape);
        }
        boolean zero = name.endsWith("B") || name.endsWith("Beta");
        return zero
                ? Nd4j.zeros(DataType.FLOAT, shape)
                : Nd4j.randn(random, shape).muli(SPREAD);
    }

    @Override
    public void step() {
        graph.fit(data);
    }

    @Override
    public Memory memory() {
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph)) {
            trainer.fit(data);
            // The network contestants count their input as kept; so it is here.
            long image = data.getFeatures().length() * Float.BYTES;
            return new Memory(trainer.keptBytes() + image, trainer.peakBytes() + image);
        }
    }

    @Override
    public long restBytes() {
        long weights = 0;
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                weights += Arrays.stream(v.getShape()).reduce(1, (a, b) -> a * b) * Float.BYTES;
            }
        }
        return 2 * weights;
    }
}
