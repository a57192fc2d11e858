package org.revlayers.training;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.BatchInputs;
import org.revlayers.internal.backend.GraphOutputs;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.memory.MemoryReport;
import org.revlayers.memory.MemoryReport.KeptTensor;

/**
 * Trains a SameDiff graph with the arithmetic of {@code SameDiff.fit}, without growing, and computes outputs and evaluations of it. {@code fit} makes a
 * session for every call and leaves its arrays to the garbage collector, which sees a few kilobytes of Java objects and no reason to run; this keeps one
 * session, reuses its arrays from step to step and gives them back on {@code close()}.
 *
 * <pre>{@code
 * try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
 *     trainer.fit(trainData, 3);
 *     System.out.println(trainer.keptByOp());
 *     trainer.evaluate(testData, "softmax", evaluation);
 * }
 * }</pre>
 *
 * <p>Two things differ from {@code fit} in 1.0.0-M2.1, both defects there. The parameters after a step are, bit for bit, those of {@code fit} with
 * ND4J's array cache off ({@code -Dorg.nd4j.autodiff.samediff=false}) and of {@code calculateGradients}: the cache relabels the order of an array without
 * changing its strides where an op's output is in 'f' order, and readers take its elements for others (on this library's executioner it does not). And the
 * loss is computed, where {@code fit} reports 0 for loss ops whose gradient does not need their value.
 *
 * <p>Updater state lives in the graph as with {@code fit}: {@code sd.save(file, true)} after training saves it, and {@code fit} and this
 * class may be mixed. What changes in the graph between two calls of {@code fit} (arrays, losses, parameters, the training configuration) is seen.
 *
 * <p>Listeners of the graph are called as by {@code fit}, but that {@code iterationDone} gets the user's graph with its counters at the next step, so that
 * a checkpoint of it goes on where it was; they must copy an array that they want to keep. Not done: the evaluations of
 * {@code TrainingConfig.trainEvaluation} and validation data. One trainer is for one thread; a listener may call {@code output} in the middle of a step.
 *
 * @since 0.1.0
 */
public final class SameDiffTrainer implements AutoCloseable {

    private final SameDiff graph;
    private final TrainingSteps steps;
    private final GraphOutputs outputs;

    /** For a graph that has a training configuration; one without can compute outputs. */
    public SameDiffTrainer(SameDiff graph) {
        this.graph = graph;
        this.steps = new TrainingSteps(graph);
        this.outputs = new GraphOutputs(graph);
    }

    /** One step, as {@code sd.fit(batch)}. */
    public Loss fit(DataSet batch) {
        return fit(batch.toMultiDataSet());
    }

    /** One step, as {@code sd.fit(batch)}. */
    public Loss fit(MultiDataSet batch) {
        prepare();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                TrainingListeners listeners = new TrainingListeners(graph)) {
            Set<String> required = listeners.required();
            steps.start(listeners);
            return steps.step(batch, steps.at(), listeners, required, 0);
        }
    }

    /** Passes over the data: {@link #fit(MultiDataSetIterator, int)}. */
    public List<Double> fit(DataSetIterator data, int epochs) {
        return fit(new MultiDataSetIteratorAdapter(data), epochs);
    }

    /**
     * Passes over the data, as {@code sd.fit(data, epochs)}; fewer if a listener answers STOP at the end of one.
     *
     * @return the mean loss of each epoch, summed over the loss variables and the regularisation
     */
    public List<Double> fit(MultiDataSetIterator data, int epochs) {
        prepare();
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                TrainingListeners listeners = new TrainingListeners(graph)) {
            Set<String> required = listeners.required();
            steps.start(listeners);
            return new Epochs(graph, steps, listeners, required).over(data, epochs);
        }
    }

    private void prepare() {
        if (steps.prepare()) {
            outputs.close();
        }
    }

    /**
     * Values of variables, for inference; copies, which are the caller's.
     *
     * @param placeholders values of the placeholders that they need
     */
    public Map<String, INDArray> output(Map<String, INDArray> placeholders, String... variables) {
        return outputs.of(placeholders, List.of(variables));
    }

    /** Values of variables on a batch, mapped as the training configuration says; labels may be missing. */
    public Map<String, INDArray> output(MultiDataSet batch, String... variables) {
        return outputs.of(new BatchInputs(graph.getTrainingConfig()).inference(batch), List.of(variables));
    }

    /** The same. */
    public Map<String, INDArray> output(DataSet batch, String... variables) {
        return output(batch.toMultiDataSet(), variables);
    }

    /** Values of variables on all batches, one behind the other along the first axis. */
    public Map<String, INDArray> output(MultiDataSetIterator data, String... variables) {
        return outputs.concatenated(data, graph.getTrainingConfig(), List.of(variables));
    }

    /** The same. */
    public Map<String, INDArray> output(DataSetIterator data, String... variables) {
        return output(new MultiDataSetIteratorAdapter(data), variables);
    }

    /**
     * Evaluates predictions against the first labels of each batch, as {@code sd.evaluate}.
     *
     * @param variable with the predictions
     */
    public void evaluate(DataSetIterator data, String variable, IEvaluation<?>... evaluations) {
        evaluate(new MultiDataSetIteratorAdapter(data), variable, 0, evaluations);
    }

    /**
     * Evaluates predictions against labels, as {@code sd.evaluate}.
     *
     * @param label number of the labels array that belongs to the variable
     */
    public void evaluate(MultiDataSetIterator data, String variable, int label, IEvaluation<?>... evaluations) {
        outputs.evaluate(data, graph.getTrainingConfig(), variable, label, evaluations);
    }

    /** What the latest step kept for backward: the arrays that were live when the forward pass had made all that backward reads. Inputs and parameters are not among them. */
    public List<KeptTensor> kept() {
        return steps.kept();
    }

    /** Bytes of {@link #kept()} by kind of op. */
    public Map<String, Long> keptByOp() {
        Map<String, Long> sums = new TreeMap<>();
        kept().forEach(t -> sums.merge(t.op(), t.bytes(), Long::sum));
        return sums;
    }

    /** Bytes of {@link #kept()}. */
    public long keptBytes() {
        return kept().stream().mapToLong(KeptTensor::bytes).sum();
    }

    /** The highest number of live bytes of the latest step: activations and their gradients, without the gradients of parameters. */
    public long peakBytes() {
        return steps.memory().stepPeakActivationBytes();
    }

    /** The same until the forward pass had made all that backward reads, and from then on. */
    public long forwardPeakBytes() {
        return steps.forwardPeakBytes();
    }

    /** See {@link #forwardPeakBytes}. */
    public long backwardPeakBytes() {
        return steps.backwardPeakBytes();
    }

    /** Seconds of the latest step until that moment. */
    public double forwardSeconds() {
        return steps.forwardSeconds();
    }

    /** The same with those gradients of parameters that were live. */
    public long peakBytesWithParameterGradients() {
        return steps.memory().stepPeakBytes();
    }

    /** Live bytes now; 0 between steps. */
    public long liveBytes() {
        return steps.memory().liveBytes();
    }

    /** What this trainer holds between steps, to be used again. */
    public long heldBytes() {
        return steps.memory().heldBytes();
    }

    /** The latest step: a row per op and variable. Print it for a table, or take its JSON. */
    public MemoryReport report() {
        List<MemoryReport.Row> rows = kept().stream()
                .map(t -> new MemoryReport.Row(t.op(), t.variable(), "dense", t.bytes(), -1))
                .toList();
        return new MemoryReport(rows, peakBytes(), ProcessMemory.peakBytes());
    }

    /** Gives all memory back; the trainer can be used again. */
    @Override
    public void close() {
        steps.close();
        outputs.close();
    }
}
