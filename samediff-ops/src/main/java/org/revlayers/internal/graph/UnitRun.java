package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.NoOp;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.memory.MemoryReport.KeptTensor;
import org.revlayers.training.SameDiffTrainer;

/** Trains a part of a graph by itself, and says what a step takes; {@link #close} frees the part's parameters, too. Not for several threads. */
public final class UnitRun implements AutoCloseable {

    private static final double NANOS = 1e-9;

    private final SameDiff graph;
    private final SameDiffTrainer trainer;
    private final MultiDataSet batch;

    /**
     * What a step took.
     *
     * @param kept            bytes that were live behind the forward pass, without the value
     * @param forward         most bytes at a time until then, input and value included
     * @param backward        the same from then on, both gradients included
     * @param keepsInput      whether the input is among what is kept
     * @param forwardSeconds  of the forward pass
     * @param backwardSeconds of the rest of the step
     */
    public record Figures(
            long kept,
            long forward,
            long backward,
            boolean keepsInput,
            double forwardSeconds,
            double backwardSeconds) {}

    /**
     * Of a part.
     *
     * @param x      its input; nobody writes to it
     * @param dy     gradient of its value
     * @param values of the other arrays that it reads
     */
    public UnitRun(UnitGraph unit, INDArray x, INDArray dy, Map<String, INDArray> values) {
        unit.graph()
                .setTrainingConfig(TrainingConfig.builder()
                        .updater(new NoOp())
                        .dataSetFeatureMapping(unit.inputs().toArray(new String[0]))
                        .markLabelsUnused()
                        .build());
        List<INDArray> features = new ArrayList<>(List.of(x, dy));
        unit.reads().forEach(name -> features.add(values.get(name)));
        batch = new MultiDataSet(features.toArray(new INDArray[0]), new INDArray[0]);
        graph = unit.graph();
        trainer = new SameDiffTrainer(graph);
    }

    /** One step. */
    public Figures run() {
        long start = Devices.nanoTime();
        trainer.fit(batch);
        double seconds = (Devices.nanoTime() - start) * NANOS;
        return new Figures(
                trainer.kept().stream()
                        .filter(t -> !t.variable().equals(UnitGraph.VALUE))
                        .mapToLong(KeptTensor::bytes)
                        .sum(),
                trainer.forwardPeakBytes(),
                trainer.backwardPeakBytes(),
                trainer.kept().stream().anyMatch(t -> t.variable().equals(UnitGraph.X)),
                trainer.forwardSeconds(),
                Math.max(0, seconds - trainer.forwardSeconds()));
    }

    @Override
    public void close() {
        trainer.close();
        SameDiffInternals.free(graph);
    }
}
