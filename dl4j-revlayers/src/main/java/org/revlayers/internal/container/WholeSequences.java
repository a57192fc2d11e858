package org.revlayers.internal.container;

import java.util.Map;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A container's host with a recurrent layer inside: it runs whole sequences, and standard back-propagation through time. What hands state from
 * one call to the next ({@code rnnTimeStep}, truncated back-propagation through time) it refuses: DL4J would run a layer that is not a
 * {@link RecurrentLayer} from a state of zeros each time, without a message.
 */
public interface WholeSequences extends RecurrentLayer {

    private UnsupportedOperationException refusal(String what, String remedy) {
        ContainerLayer container = (ContainerLayer) conf().getLayer();
        return new UnsupportedOperationException(
                container.title() + " carries no state from one call to the next, which " + what + " needs for its "
                        + RecurrentPart.of(container) + ": " + remedy + ", or put the recurrent layer outside of it");
    }

    /** @throws UnsupportedOperationException always */
    @Override
    default INDArray rnnTimeStep(INDArray input, LayerWorkspaceMgr workspaceMgr) {
        throw refusal("rnnTimeStep", "call output(...) on whole sequences");
    }

    /** @throws UnsupportedOperationException always */
    @Override
    default INDArray rnnActivateUsingStoredState(
            INDArray input, boolean training, boolean storeLastForTBPTT, LayerWorkspaceMgr workspaceMgr) {
        throw refusal(
                "truncated back-propagation through time",
                "set BackpropType.Standard to train, and call output(...) on whole sequences to predict");
    }

    /** @throws UnsupportedOperationException always */
    @Override
    default Pair<Gradient, INDArray> tbpttBackpropGradient(
            INDArray epsilon, int tbpttBackLength, LayerWorkspaceMgr workspaceMgr) {
        throw refusal("truncated back-propagation through time", "set BackpropType.Standard");
    }

    /** Empty: there is no state. */
    @Override
    default Map<String, INDArray> rnnGetPreviousState() {
        return Map.of();
    }

    /** @throws UnsupportedOperationException if there is a state to set */
    @Override
    default void rnnSetPreviousState(Map<String, INDArray> state) {
        if (state != null && !state.isEmpty()) {
            throw refusal("rnnSetPreviousState", "call output(...) on whole sequences");
        }
    }

    /** Nothing to do: there is no state. DL4J calls it in evaluation. */
    @Override
    default void rnnClearPreviousState() {}

    /** Empty: there is no state. */
    @Override
    default Map<String, INDArray> rnnGetTBPTTState() {
        return Map.of();
    }

    /** @throws UnsupportedOperationException if there is a state to set */
    @Override
    default void rnnSetTBPTTState(Map<String, INDArray> state) {
        if (state != null && !state.isEmpty()) {
            throw refusal("rnnSetTBPTTState", "set BackpropType.Standard");
        }
    }
}
