package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Carries the state of an updater (Adam's moments and so on) over to another network, parameter by parameter. DL4J keeps the state of
 * neighbouring parameters with equal updaters together: one stretch per kind of state, each in the order of the parameters.
 */
final class UpdaterStates {

    private static final String NONE = "none to carry over";

    private UpdaterStates() {}

    /**
     * Copies what both networks have. Layers are told apart by keys of their own, not by their names, which need not be unique.
     *
     * @param keyOf what to call a layer of either network
     * @param moved where a parameter of the source is in the target, layers by their keys
     * @return what was done, for a report
     */
    static String copy(
            BaseMultiLayerUpdater<?> from,
            BaseMultiLayerUpdater<?> to,
            Function<Trainable, String> keyOf,
            UnaryOperator<NetworkEdit.Place> moved) {
        Map<NetworkEdit.Place, List<INDArray>> source = views(from, keyOf);
        if (source.isEmpty()) {
            return NONE;
        }
        Map<NetworkEdit.Place, List<INDArray>> target = views(to, keyOf);
        int carried = 0;
        int lost = 0;
        for (Map.Entry<NetworkEdit.Place, List<INDArray>> entry : source.entrySet()) {
            List<INDArray> state = target.get(moved.apply(entry.getKey()));
            if (state == null || state.size() != entry.getValue().size()) {
                lost++;
                continue;
            }
            for (int i = 0; i < state.size(); i++) {
                state.get(i).assign(entry.getValue().get(i));
            }
            carried++;
        }
        return "state of " + carried + " parameters carried over" + (lost == 0 ? "" : ", of " + lost + " lost");
    }

    /**
     * What is left in a network that was made of another in several steps, all of whose parameters it has.
     *
     * @return for a report
     */
    static String left(BaseMultiLayerUpdater<?> from, BaseMultiLayerUpdater<?> to) {
        int all = views(from, UpdaterStates::name).size();
        int left = views(to, UpdaterStates::name).size();
        return all == 0
                ? NONE
                : "state of " + left + " parameters carried over"
                        + (left == all ? "" : ", none held for " + (all - left) + " that are frozen");
    }

    private static String name(Trainable layer) {
        return layer.getConfig().getLayerName();
    }

    /** The stretches of state of every parameter that has one. */
    private static Map<NetworkEdit.Place, List<INDArray>> views(
            BaseMultiLayerUpdater<?> updater, Function<Trainable, String> keyOf) {
        Map<NetworkEdit.Place, List<INDArray>> views = new HashMap<>();
        INDArray all = updater == null ? null : updater.getStateViewArray();
        if (all == null) {
            return views;
        }
        INDArray flat = all.reshape(all.length());
        for (UpdaterBlock block : updater.getUpdaterBlocks()) {
            long parameters = block.getParamOffsetEnd() - block.getParamOffsetStart();
            long states = (block.getUpdaterViewOffsetEnd() - block.getUpdaterViewOffsetStart()) / parameters;
            for (UpdaterBlock.ParamState p : block.getLayersAndVariablesInBlock()) {
                List<INDArray> own = new ArrayList<>();
                for (long kind = 0; kind < states; kind++) {
                    long at = block.getUpdaterViewOffsetStart()
                            + kind * parameters
                            + p.getParamOffsetStart()
                            - block.getParamOffsetStart();
                    own.add(flat.get(NDArrayIndex.interval(at, at + p.getParamOffsetEnd() - p.getParamOffsetStart())));
                }
                if (!own.isEmpty()) {
                    views.put(new NetworkEdit.Place(keyOf.apply(p.getLayer()), p.getParamName()), own);
                }
            }
        }
        return views;
    }
}
