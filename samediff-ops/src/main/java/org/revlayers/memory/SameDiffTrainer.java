package org.revlayers.memory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.revlayers.backend.KeptTensor;
import org.revlayers.backend.RecyclingMemoryMgr;
import org.revlayers.backend.SameDiffInternals;
import org.revlayers.backend.StepSession;

/**
 * Trains a SameDiff graph with the arithmetic of {@code SameDiff.fit}, without growing. {@code fit} makes a session for every call and leaves
 * its arrays to the garbage collector, which sees a few kilobytes of Java objects and no reason to run; this keeps one session, reuses its
 * arrays from step to step and gives them back on {@code close()}.
 *
 * <pre>{@code
 * try (SameDiffTrainer trainer = new SameDiffTrainer(sd)) {
 *     for (DataSet batch : batches) {
 *         Loss loss = trainer.fit(batch);
 *     }
 *     System.out.println(trainer.keptByOp());
 * }
 * }</pre>
 *
 * <p>Two things differ from {@code fit} in 1.0.0-M2.1, both defects there. The parameters after a step are, bit for bit, those of {@code fit} with
 * ND4J's array cache off ({@code -Dorg.nd4j.autodiff.samediff=false}) and of {@code calculateGradients}: with the cache on, the default, {@code fit}
 * frees arrays that are still needed and may compute other gradients. And the loss is computed, where {@code fit} reports 0 for loss ops whose
 * gradient does not need their value.
 *
 * <p>Updater state lives in the graph as with {@code fit}: {@code sd.save(file, true)} after training saves it, and {@code fit} and this
 * class may be mixed. Listeners of the graph are called; they must copy an array that they want to keep. Not done: the evaluations of
 * {@code TrainingConfig.trainEvaluation} and validation data; use {@code sd.evaluate}. One trainer is for one thread.
 */
public final class SameDiffTrainer implements AutoCloseable {

    private final SameDiff graph;
    private final RecyclingMemoryMgr memory = new RecyclingMemoryMgr();
    private SameDiff gradientGraph;
    private StepSession session;

    /** For a graph that has a training configuration. */
    public SameDiffTrainer(SameDiff graph) {
        this.graph = graph;
    }

    /** One step, as {@code sd.fit(batch)}. */
    public Loss fit(DataSet batch) {
        return fit(batch.toMultiDataSet());
    }

    /** One step, as {@code sd.fit(batch)}. */
    public Loss fit(MultiDataSet batch) {
        prepare();
        At at = at();
        List<Listener> listeners = activeListeners();
        listeners.forEach(l -> l.operationStart(gradientGraph, Operation.TRAINING));
        Loss loss = step(batch, at, listeners, 0);
        listeners.forEach(l -> l.operationEnd(graph, Operation.TRAINING));
        return loss;
    }

    /**
     * Passes over the data, as {@code sd.fit(data, epochs)}.
     *
     * @return the mean loss of each epoch, summed over the loss variables and the regularisation
     */
    public List<Double> fit(DataSetIterator data, int epochs) {
        prepare();
        List<Listener> listeners = activeListeners();
        listeners.forEach(l -> l.operationStart(gradientGraph, Operation.TRAINING));
        List<Double> means = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            if (data.resetSupported() && (epoch > 0 || !data.hasNext())) {
                data.reset();
            }
            double sum = 0;
            int steps = 0;
            for (At at = at(); data.hasNext(); steps++) {
                if (steps == 0) {
                    listeners.forEach(l -> l.epochStart(graph, at));
                }
                long start = System.currentTimeMillis();
                DataSet batch = data.next();
                at.setIteration(config().getIterationCount());
                sum += step(batch.toMultiDataSet(), at, listeners, System.currentTimeMillis() - start)
                        .totalLoss();
            }
            if (steps == 0) {
                throw new IllegalArgumentException(
                        "the iterator has no data in epoch " + epoch + " and cannot be reset: give one that can");
            }
            config().incrementEpochCount();
            means.add(sum / steps);
        }
        listeners.forEach(l -> l.operationEnd(graph, Operation.TRAINING));
        return means;
    }

    /** What the latest step kept for backward: the arrays that were live when the forward pass had made all that backward reads. Inputs and parameters are not among them. */
    public List<KeptTensor> kept() {
        return session == null ? List.of() : session.keptForBackward();
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
        return memory.stepPeakActivationBytes();
    }

    /** The same with those gradients of parameters that were live. */
    public long peakBytesWithParameterGradients() {
        return memory.stepPeakBytes();
    }

    /** Live bytes now; 0 between steps. */
    public long liveBytes() {
        return memory.liveBytes();
    }

    /** What this trainer holds between steps, to be used again. */
    public long heldBytes() {
        return memory.heldBytes();
    }

    /** Gives all memory back; the trainer can be used again. */
    @Override
    public void close() {
        memory.close();
        session = null;
        gradientGraph = null;
    }

    private Loss step(MultiDataSet batch, At at, List<Listener> listeners, long loadMillis) {
        listeners.forEach(l -> l.iterationStart(graph, at, batch, loadMillis));
        Loss loss = session.trainingIteration(
                config(),
                placeholders(batch),
                parameters(),
                graph.getUpdaterMap(),
                batch,
                graph.getLossVariables(),
                listeners,
                at);
        config().incrementIterationCount();
        return loss;
    }

    /** A change of the graph makes ND4J drop its gradient graph: then the session is made anew. */
    private void prepare() {
        if (config() == null) {
            throw new IllegalStateException("the graph has no training configuration: call sd.setTrainingConfig first");
        }
        SameDiff current = SameDiffInternals.gradientGraph(graph);
        if (current != gradientGraph) {
            close();
            gradientGraph = current;
            session = new StepSession(graph, current, memory);
        }
        current.setEnableCache(true);
        current.setTrainingConfig(config());
        SameDiffInternals.initializeTraining(graph);
    }

    private TrainingConfig config() {
        return graph.getTrainingConfig();
    }

    private At at() {
        return At.builder()
                .epoch(config().getEpochCount())
                .iteration(config().getIterationCount())
                .javaThreadNum(Thread.currentThread().getId())
                .operation(Operation.TRAINING)
                .build();
    }

    private List<Listener> activeListeners() {
        List<Listener> active = new ArrayList<>();
        for (Listener l : graph.getListeners()) {
            if (l.isActive(Operation.TRAINING)) {
                active.add(l);
            }
        }
        if (config().getRegularization() != null
                && !config().getRegularization().isEmpty()) {
            active.add(new Audience()); // ND4J adds the regularisation to the loss only if somebody listens
        }
        return active;
    }

    private Set<String> parameters() {
        Set<String> names = new LinkedHashSet<>();
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                names.add(v.name());
            }
        }
        return names;
    }

    private Map<String, INDArray> placeholders(MultiDataSet batch) {
        Map<String, INDArray> values = new HashMap<>();
        put(values, "features", config().getDataSetFeatureMapping(), batch.getFeatures());
        put(values, "labels", config().getDataSetLabelMapping(), batch.getLabels());
        putMasks(values, config().getDataSetFeatureMaskMapping(), batch.getFeaturesMaskArrays());
        putMasks(values, config().getDataSetLabelMaskMapping(), batch.getLabelsMaskArrays());
        return values;
    }

    private static void put(Map<String, INDArray> values, String what, List<String> names, INDArray[] arrays) {
        int wanted = names == null ? 0 : names.size();
        int given = arrays == null ? 0 : arrays.length;
        if (wanted != given) {
            throw new IllegalArgumentException("the training configuration maps " + wanted + " " + what + " arrays ("
                    + names + "), the batch has " + given);
        }
        for (int i = 0; i < wanted; i++) {
            values.put(names.get(i), arrays[i]);
        }
    }

    private static void putMasks(Map<String, INDArray> values, List<String> names, INDArray[] masks) {
        for (int i = 0; names != null && masks != null && i < names.size(); i++) {
            if (names.get(i) != null && masks[i] != null) {
                values.put(names.get(i), masks[i]);
            }
        }
    }
}
