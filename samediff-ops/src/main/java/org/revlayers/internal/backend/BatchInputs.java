package org.revlayers.internal.backend;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Which placeholders get which arrays of a batch.
 *
 * @param config says so
 */
public record BatchInputs(TrainingConfig config) {

    /** All of them. */
    public Map<String, INDArray> training(MultiDataSet batch) {
        Map<String, INDArray> values = inference(batch);
        put(values, "labels", config.getDataSetLabelMapping(), batch.getLabels());
        return values;
    }

    /** All but labels that are missing. */
    public Map<String, INDArray> inference(MultiDataSet batch) {
        Map<String, INDArray> values = new HashMap<>();
        put(values, "features", config.getDataSetFeatureMapping(), batch.getFeatures());
        if (batch.getLabels() != null && batch.getLabels().length > 0) {
            put(values, "labels", config.getDataSetLabelMapping(), batch.getLabels());
        }
        putMasks(values, config.getDataSetFeatureMaskMapping(), batch.getFeaturesMaskArrays());
        putMasks(values, config.getDataSetLabelMaskMapping(), batch.getLabelsMaskArrays());
        values.values().removeIf(array -> array == null);
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
