package org.revlayers.training;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.internal.backend.SameDiffInternals;

/**
 * A graph's copy with the backward ops, as the graph is now. M2.1 makes that copy once; what is changed in the graph afterwards (arrays, losses,
 * parameters, types, the updater) it does not see, or sees half of. Before a step everything is compared, and the user's graph is right.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class TrainingGraph {

    /** The gradient graph, made anew if it is none of this graph any more, with the graph's arrays and updaters. */
    static SameDiff of(SameDiff graph) {
        SameDiff gradients = graph.getFunction(SameDiffInternals.GRADIENT_FUNCTION);
        if (gradients != null && isStale(graph, gradients)) {
            String[] wanted = withGradients(graph, gradients);
            graph.setLossVariables(graph.getLossVariables().toArray(new String[0])); // drops it
            graph.createGradFunction(wanted);
            gradients = null;
        }
        if (gradients == null) {
            gradients = SameDiffInternals.gradientGraph(graph);
            gradients.setLossVariables(
                    graph.getLossVariables().toArray(new String[0])); // a record for the next comparison
        }
        for (SDVariable v : graph.variables()) {
            if (holdsArray(v)) {
                INDArray array = graph.getArrForVarName(v.name());
                if (gradients.getArrForVarName(v.name()) != array) {
                    gradients.associateArrayWithVariable(array, v.name());
                }
            }
        }
        gradients.setTrainingConfig(graph.getTrainingConfig());
        SameDiffInternals.initializeTraining(graph);
        setUpdaters(graph);
        return gradients;
    }

    private static boolean holdsArray(SDVariable v) {
        return v.getVariableType() == VariableType.VARIABLE || v.getVariableType() == VariableType.CONSTANT;
    }

    private static boolean isStale(SameDiff graph, SameDiff gradients) {
        return !gradients.getLossVariables().equals(graph.getLossVariables())
                || graph.variables().stream().anyMatch(v -> !isSame(v, gradients))
                || graph.getOps().values().stream().anyMatch(op -> !isSame(op, gradients));
    }

    private static boolean isSame(SDVariable v, SameDiff gradients) {
        if (!gradients.hasVariable(v.name())) {
            return false;
        }
        SDVariable copy = gradients.getVariable(v.name());
        return copy.getVariableType() == v.getVariableType() && copy.dataType() == v.dataType();
    }

    private static boolean isSame(SameDiffOp op, SameDiff gradients) {
        SameDiffOp copy = gradients.getOps().get(op.getName());
        return copy != null
                && Objects.equals(copy.getInputsToOp(), op.getInputsToOp())
                && Objects.equals(copy.getOutputsOfOp(), op.getOutputsOfOp());
    }

    /** The placeholders whose gradients somebody has asked for. */
    private static String[] withGradients(SameDiff graph, SameDiff gradients) {
        return graph.variables().stream()
                .filter(v -> v.isPlaceHolder()
                        && gradients.hasVariable(v.name())
                        && gradients.getVariable(v.name()).getGradient() != null)
                .map(SDVariable::name)
                .toArray(String[]::new);
    }

    /** Names of what is trained. */
    static Set<String> parameters(SameDiff graph) {
        Set<String> names = new LinkedHashSet<>();
        for (SDVariable v : graph.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                names.add(v.name());
            }
        }
        return names;
    }

    /** Gives each parameter an updater of the configuration of now; state is carried over where it fits. */
    @SuppressWarnings("rawtypes") // the map is ND4J's
    private static void setUpdaters(SameDiff graph) {
        Map<String, GradientUpdater> updaters = graph.getUpdaterMap();
        IUpdater wanted = graph.getTrainingConfig().getUpdater();
        for (String name : parameters(graph)) {
            INDArray array = graph.getArrForVarName(name);
            if (!array.dataType().isFPType()) {
                continue;
            }
            GradientUpdater<?> now = updaters.get(name);
            if (now == null) {
                refuseRenamed(graph, name);
                updaters.put(name, fresh(wanted, array));
                continue;
            }
            boolean fits = fits(now, wanted, array);
            if (!fits || !now.getConfig().equals(wanted)) {
                boolean keep = fits && now.getConfig().getClass() == wanted.getClass();
                updaters.put(name, keep ? wanted.instantiate(now.getState(), false) : fresh(wanted, array));
            }
        }
    }

    private static boolean fits(GradientUpdater<?> updater, IUpdater wanted, INDArray parameter) {
        Map<String, INDArray> state = updater.getState();
        List<INDArray> arrays = state == null ? List.of() : new ArrayList<>(state.values());
        return arrays.stream().mapToLong(INDArray::length).sum() == wanted.stateSize(parameter.length())
                && arrays.stream().allMatch(a -> a.dataType() == parameter.dataType());
    }

    private static GradientUpdater<?> fresh(IUpdater config, INDArray parameter) {
        long size = config.stateSize(parameter.length());
        INDArray state = size == 0 ? null : Nd4j.createUninitialized(parameter.dataType(), 1, size);
        GradientUpdater<?> updater = config.instantiate(state, false);
        updater.setStateViewArray(state, parameter.shape(), parameter.ordering(), true);
        return updater;
    }

    private static void refuseRenamed(SameDiff graph, String name) {
        Set<String> orphans = new HashSet<>(graph.getUpdaterMap().keySet());
        orphans.removeAll(parameters(graph));
        if (!orphans.isEmpty()) {
            throw new IllegalStateException("parameter \"" + name + "\" has no updater state, and there is state of "
                    + orphans + ", which the graph has no more: if it was renamed, call sd.getUpdaterMap().put(\""
                    + name
                    + "\", sd.getUpdaterMap().remove(\"" + orphans.iterator().next()
                    + "\")); if it is new, remove the other");
        }
    }
}
