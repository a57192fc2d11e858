package org.revlayers.backend;

import java.util.ArrayList;
import java.util.HashSet;
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
import org.nd4j.autodiff.samediff.internal.TrainingSession;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * ND4J's training session, made to run many steps: it holds no array from one step to the next, lets a parameter's gradient go as soon as the
 * updater has used it, and notes what is live when the loss has been computed. The arithmetic is ND4J's own.
 */
public final class StepSession extends TrainingSession {

    private final RecyclingMemoryMgr memory;
    private final Set<String> awaitedLosses = new HashSet<>();
    private List<KeptTensor> kept = List.of();

    /** For a gradient graph, as {@code SameDiff.getFunction("grad")} gives it. */
    public StepSession(SameDiff gradientGraph, RecyclingMemoryMgr memory) {
        super(gradientGraph);
        this.memory = memory;
        setMmgr(memory);
        gradientGraph.setEnableCache(true); // calculateGradients turns it off, and with it the release of any array
    }

    /** What was live when the last loss variable of the latest step had been computed: kept for backward. */
    public List<KeptTensor> keptForBackward() {
        return kept;
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is ND4J's
    public Loss trainingIteration(
            TrainingConfig config,
            Map<String, INDArray> placeholders,
            Set<String> paramsToTrain,
            Map<String, GradientUpdater> updaters,
            MultiDataSet batch,
            List<String> lossVariables,
            List<Listener> listeners,
            At at) {
        awaitedLosses.clear();
        awaitedLosses.addAll(lossVariables);
        memory.startStep();
        try {
            return super.trainingIteration(
                    config, placeholders, paramsToTrain, updaters, batch, lossVariables, listeners, at);
        } finally {
            memory.endStep();
            nodeValueOutputs.clear();
            freedArrays.clear();
            getArrayUseTracker().clear();
        }
    }

    @Override
    public Pair<SameDiffOp, OpContext> getAndParameterizeOp(
            String opName,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> allIterationsInputs,
            Set<String> constantsAndPlaceholders,
            Map<String, INDArray> placeholders,
            Set<String> required,
            Map<String, SDValue> otherPlaceholders) {
        Pair<SameDiffOp, OpContext> op = super.getAndParameterizeOp(
                opName,
                frame,
                inputs,
                allIterationsInputs,
                constantsAndPlaceholders,
                placeholders,
                required,
                otherPlaceholders);
        if (op.getSecond() != null) {
            List<String> variables = op.getFirst().getOutputsOfOp();
            List<INDArray> arrays = op.getSecond().getOutputArrays();
            for (int i = 0; i < Math.min(variables.size(), arrays.size()); i++) {
                String variable = variables.get(i);
                memory.own(
                        arrays.get(i), op.getFirst().getOp().opName(), variable, gradVarToVarMap.containsKey(variable));
            }
        }
        return op;
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
            if (awaitedLosses.remove(variable) && awaitedLosses.isEmpty()) {
                kept = new ArrayList<>(memory.kept());
            }
        }
        return result;
    }
}
