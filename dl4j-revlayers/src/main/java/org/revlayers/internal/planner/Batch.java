package org.revlayers.internal.planner;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.backend.BatchInputs;

/** A batch as a network of either kind takes it. */
public final class Batch {

    private final MultiDataSet data;

    /** @param data features and, unless a graph needs none, labels, of one example or more */
    public Batch(MultiDataSet data) {
        require(data.getFeatures() != null && data.getFeatures().length > 0);
        this.data = data;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "a plan needs features and labels of a batch: it runs a training step on a copy of the network");
        }
    }

    /** This, if it has labels. */
    Batch withLabels() {
        require(data.getLabels() != null);
        return this;
    }

    /** As a graph takes it. */
    Map<String, INDArray> placeholders(SameDiff graph) {
        if (graph.getTrainingConfig() == null) {
            throw new IllegalArgumentException(
                    "a plan needs a graph that can be trained: call sd.setTrainingConfig first");
        }
        return new BatchInputs(graph.getTrainingConfig()).training(data);
    }

    /** The shapes of a graph's placeholders in it. */
    public Map<String, long[]> shapes(SameDiff graph) {
        Map<String, long[]> shapes = new HashMap<>();
        placeholders(graph).forEach((name, array) -> shapes.put(name, array.shape()));
        return shapes;
    }

    MultiDataSet data() {
        return data;
    }

    /** Examples. */
    public long size() {
        return data.getFeatures(0).size(0);
    }

    /** So many examples: these, again and again. */
    public Batch sized(long examples) {
        return new Batch(new org.nd4j.linalg.dataset.MultiDataSet(
                sized(examples, data.getFeatures()),
                sized(examples, data.getLabels()),
                sized(examples, data.getFeaturesMaskArrays()),
                sized(examples, data.getLabelsMaskArrays())));
    }

    private INDArray[] sized(long examples, INDArray... arrays) {
        return arrays == null
                ? null
                : Arrays.stream(arrays)
                        .map(array -> array == null ? null : sized(examples, array))
                        .toArray(INDArray[]::new);
    }

    private INDArray sized(long examples, INDArray array) {
        long rows = array.size(0) * examples / size(); // of one example several, perhaps
        int[] from = new int[(int) rows];
        Arrays.setAll(from, i -> (int) (i % array.size(0)));
        INDArray flat = array.dup('c').reshape(array.size(0), array.length() / array.size(0));
        long[] shape = array.shape().clone();
        shape[0] = rows;
        return Nd4j.pullRows(flat, 1, from).reshape('c', shape);
    }

    /** One training step. */
    void fit(Model net) {
        if (net instanceof MultiLayerNetwork line) {
            line.fit(new DataSet(
                    data.getFeatures(0),
                    data.getLabels(0),
                    mask(data.getFeaturesMaskArrays()),
                    mask(data.getLabelsMaskArrays())));
        } else {
            ((ComputationGraph) net).fit(data);
        }
    }

    private static INDArray mask(INDArray... masks) {
        return masks == null || masks.length == 0 ? null : masks[0];
    }

    /** The first example's features. */
    INDArray[] one() {
        return one(data.getFeatures());
    }

    /** The masks of the first example's features; null for none. */
    INDArray[] masksOfOne() {
        INDArray[] masks = data.getFeaturesMaskArrays();
        return masks == null || Arrays.stream(masks).allMatch(Objects::isNull) ? null : one(masks);
    }

    private static INDArray[] one(INDArray... arrays) {
        return Arrays.stream(arrays)
                .map(array -> array == null ? null : first(array))
                .toArray(INDArray[]::new);
    }

    private static INDArray first(INDArray array) {
        INDArrayIndex[] index = new INDArrayIndex[array.rank()];
        Arrays.fill(index, NDArrayIndex.all());
        index[0] = NDArrayIndex.interval(0, 1);
        return array.get(index).dup('c');
    }

    /** Bytes of its arrays. */
    long bytes() {
        long bytes = 0;
        for (INDArray[] arrays : Arrays.asList(
                data.getFeatures(), data.getLabels(), data.getFeaturesMaskArrays(), data.getLabelsMaskArrays())) {
            for (INDArray array : arrays == null ? List.<INDArray>of() : Arrays.asList(arrays)) {
                bytes += Trainable.bytes(array);
            }
        }
        return bytes;
    }
}
