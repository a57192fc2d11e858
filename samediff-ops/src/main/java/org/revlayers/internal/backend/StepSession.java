package org.revlayers.internal.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.config.ExecutionResult;
import org.nd4j.autodiff.samediff.config.SDValue;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.shape.CreateView;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.GradientUpdater;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.memory.MemoryReport.KeptTensor;

/**
 * ND4J's training session, made to run many steps: it holds no array from one step to the next, lets a parameter's gradient go as soon as the
 * updater has used it, and notes what is kept for backward. The arithmetic is ND4J's own.
 */
public final class StepSession extends LeanSession {

    private final RecyclingMemoryMgr memory;
    private final Set<String> userOps;
    private boolean started;
    private final Set<String> awaited = new HashSet<>();
    private List<KeptTensor> kept = List.of();
    private long forwardPeak;
    private long start;
    private double forwardSeconds;
    private long backwardPeak;
    private Set<String> required = Set.of();

    /** For a user's graph and its gradient graph, as {@code SameDiff.getFunction("grad")} gives it. */
    public StepSession(SameDiff graph, SameDiff gradientGraph, RecyclingMemoryMgr memory) {
        super(gradientGraph);
        this.userOps = Set.copyOf(graph.getOps().keySet());
        this.memory = memory;
        use(memory);
        gradientGraph.setEnableCache(true); // calculateGradients turns it off, and with it the release of any array
    }

    /**
     * What the latest step kept for backward: the arrays that were live when everything that backward reads had been computed. ND4J runs
     * ops as soon as their inputs exist, so neither the loss nor the first backward op marks that moment.
     */
    public List<KeptTensor> keptForBackward() {
        return kept;
    }

    /** The highest number of live bytes until that moment, without the gradients of parameters. */
    public long forwardPeakBytes() {
        return forwardPeak;
    }

    /** The same from that moment on. */
    public long backwardPeakBytes() {
        return backwardPeak;
    }

    /** Seconds of the step until that moment. */
    public double forwardSeconds() {
        return forwardSeconds;
    }

    /**
     * One step.
     *
     * @param required variables to compute that the step itself does not need
     */
    @SuppressWarnings("rawtypes") // the signature is ND4J's
    public Loss trainingIteration(
            TrainingConfig config,
            Map<String, INDArray> placeholders,
            Set<String> paramsToTrain,
            Map<String, GradientUpdater> updaters,
            MultiDataSet batch,
            List<String> lossVariables,
            Set<String> required,
            List<Listener> listeners,
            At at) {
        this.required = required;
        started = false;
        kept = List.of();
        memory.startStep();
        start = Devices.nanoTime();
        RecyclingMemoryMgr before = StepMemory.step(memory);
        try {
            return super.trainingIteration(
                    config, placeholders, paramsToTrain, updaters, batch, lossVariables, listeners, at);
        } finally {
            StepMemory.step(before);
            backwardPeak = memory.endPhase();
            memory.endStep();
            forget();
        }
    }

    /** ND4J's {@code fit} runs only what the gradients need; most loss ops are not among that, and their loss is reported as 0. */
    @Override
    public Map<String, INDArray> output(
            List<String> variables,
            Map<String, INDArray> placeholders,
            MultiDataSet batch,
            Collection<String> requiredActivations,
            List<Listener> listeners,
            At at) {
        Set<String> wanted = new LinkedHashSet<>(variables);
        wanted.addAll(lossVarsToLossIdx.keySet());
        Set<String> activations = new LinkedHashSet<>(requiredActivations);
        activations.addAll(required);
        return super.output(new ArrayList<>(wanted), placeholders, batch, activations, listeners, at);
    }

    @Override
    void parameterized(Pair<SameDiffOp, OpContext> op) {
        if (!started) {
            started = true;
            awaited.clear();
            awaited.addAll(opsReadByBackward());
        }
        if (op.getSecond() == null || op.getFirst().getOp() instanceof CreateView) {
            return;
        }
        List<String> variables = op.getFirst().getOutputsOfOp();
        List<INDArray> arrays = op.getSecond().getOutputArrays();
        for (int i = 0; i < Math.min(variables.size(), arrays.size()); i++) {
            String variable = variables.get(i);
            memory.own(arrays.get(i), op.getFirst().getOp().opName(), variable, gradVarToVarMap.containsKey(variable));
        }
    }

    @Override
    public ExecutionResult getOutputs(
            Pair<SameDiffOp, OpContext> op,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> allIterationsInputs,
            Set<String> constantsAndPlaceholders,
            List<Listener> listeners,
            At at,
            MultiDataSet batch,
            Set<String> required,
            Map<String, SDValue> otherPlaceholders) {
        ExecutionResult result = super.getOutputs(
                op,
                frame,
                inputs,
                allIterationsInputs,
                constantsAndPlaceholders,
                listeners,
                at,
                batch,
                required,
                otherPlaceholders);
        for (String variable : op.getFirst().getOutputsOfOp()) {
            if (gradVarToVarMap.containsKey(variable)) {
                getArrayUseTracker().markSatisfied(new ReqOutputDep(variable), true);
            }
        }
        if (awaited.remove(op.getFirst().getName()) && awaited.isEmpty()) {
            kept = new ArrayList<>(memory.kept());
            forwardPeak = memory.endPhase();
            forwardSeconds = (Devices.nanoTime() - start) * 1e-9;
        }
        return result;
    }

    /** The user's ops that have an output which an op of the backward pass reads. */
    private Set<String> opsReadByBackward() {
        Set<String> names = new HashSet<>();
        for (String name : subgraphOps) {
            if (userOps.contains(name)) {
                for (String variable : sameDiff.getOps().get(name).getOutputsOfOp()) {
                    List<String> readers = sameDiff.getVariables().get(variable).getInputsForOp();
                    if (readers != null
                            && readers.stream().anyMatch(r -> subgraphOps.contains(r) && !userOps.contains(r))) {
                        names.add(name);
                    }
                }
            }
        }
        return names;
    }
}
