package org.revlayers.internal.backend;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/** The parts of {@code SameDiff} that training needs and that are not public. */
public final class SameDiffInternals {

    /** ND4J's name for the graph with the backward ops. */
    public static final String GRADIENT_FUNCTION = "grad";

    private SameDiffInternals() {}

    /** The graph with the backward ops, made if need be. */
    public static SameDiff gradientGraph(SameDiff graph) {
        if (graph.getFunction(GRADIENT_FUNCTION) == null) {
            graph.createGradFunction();
        }
        return graph.getFunction(GRADIENT_FUNCTION);
    }

    /** A graph of the same ops, values, losses, training configuration and updater state, through a buffer of at most 2 GB as {@code SameDiff.dup} makes it. */
    public static SameDiff copy(SameDiff graph) {
        SameDiff copy = graph.dup();
        for (String name : graph.inputs()) { // a file has unknown shapes as those of scalars
            copy.getVariable(name).setShape(graph.getVariable(name).getShape());
        }
        return copy;
    }

    /** Whether training changes a variable. */
    public static boolean isTrained(SDVariable v) {
        return v.getVariableType() == VariableType.VARIABLE && v.dataType().isFPType();
    }

    /** Frees the parameters and the updater state of a copy that nobody else has: the collector does not see what they take off the heap. */
    public static void free(SameDiff copy) {
        for (SDVariable v : copy.variables()) {
            if (v.getVariableType() == VariableType.VARIABLE) {
                close(v.getArr());
            }
        }
        if (copy.getUpdaterMap() != null) {
            for (GradientUpdater<?> updater : copy.getUpdaterMap().values()) {
                updater.getState().values().forEach(SameDiffInternals::close);
            }
        }
    }

    private static void close(INDArray array) {
        if (array != null && array.closeable() && !array.wasClosed()) {
            array.close();
        }
    }

    /** Makes the updater state as {@code fit} would, so that {@code save} finds it. */
    public static void initializeTraining(SameDiff graph) {
        if (graph.isInitializedTraining()) {
            return;
        }
        try {
            Method initialize = SameDiff.class.getDeclaredMethod("initializeTraining");
            initialize.setAccessible(true);
            initialize.invoke(graph);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SameDiff.initializeTraining is not what it was in 1.0.0-M2.1", e);
        }
    }
}
