package org.revlayers.before;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** What a loaded network or graph computes of given arrays: outputs, and outputs, score and sums of the parameters after one more step. */
public final class Results {

    /** Arrays that go in have names with this in front. */
    public static final String FEATURES = "in/features";

    /** See {@link #FEATURES}. */
    public static final String LABELS = "in/labels";

    /** See {@link #FEATURES}. */
    public static final String FEATURES_MASK = "in/features mask";

    private static final long SEED = 12345;

    private Results() {}

    /** Of a network; it is trained by this. */
    public static Map<String, INDArray> of(Model net, Map<String, INDArray> given) {
        Map<String, INDArray> results = new TreeMap<>();
        outputs(net, given, "out/before", results);
        if (!given.containsKey(LABELS)) {
            return results;
        }
        step(net, given);
        results.put("out/score", Nd4j.scalar(net.score()));
        outputs(net, given, "out/after", results);
        net.paramTable().forEach((name, array) -> results.put("out/sums/" + name, sums(array)));
        return results;
    }

    /** One step on these arrays; dropout, if there is some, of the same seed. */
    public static void step(Model net, Map<String, INDArray> given) {
        Nd4j.getRandom().setSeed(SEED);
        INDArray mask = given.get(FEATURES_MASK);
        if (net instanceof MultiLayerNetwork list) {
            list.fit(new DataSet(given.get(FEATURES), given.get(LABELS), mask, null));
        } else {
            ((ComputationGraph) net)
                    .fit(new MultiDataSet(
                            new INDArray[] {given.get(FEATURES)},
                            new INDArray[] {given.get(LABELS)},
                            mask == null ? null : new INDArray[] {mask},
                            null));
        }
    }

    private static void outputs(Model net, Map<String, INDArray> given, String name, Map<String, INDArray> to) {
        INDArray mask = given.get(FEATURES_MASK);
        INDArray x = given.get(FEATURES);
        if (net instanceof MultiLayerNetwork list) {
            to.put(name, list.output(x, false, mask, null).dup());
            return;
        }
        INDArray[] masks = mask == null ? null : new INDArray[] {mask};
        INDArray[] out = ((ComputationGraph) net).output(false, new INDArray[] {x}, masks);
        for (int i = 0; i < out.length; i++) {
            to.put(name + (i == 0 ? "" : " " + i), out[i].dup());
        }
    }

    /** Of a graph with "in" and perhaps "label" as its placeholders, "y" as its output; it is trained by this. */
    public static Map<String, INDArray> of(SameDiff graph, Map<String, INDArray> given) {
        Map<String, INDArray> results = new TreeMap<>();
        Map<String, INDArray> in = new LinkedHashMap<>(Map.of("in", given.get(FEATURES)));
        results.put("out/before", graph.outputSingle(in, "y").dup());
        Nd4j.getRandom().setSeed(SEED);
        step(graph, given);
        results.put("out/after", graph.outputSingle(in, "y").dup());
        List<SDVariable> variables = new ArrayList<>(graph.variables());
        variables.removeIf(v -> v.getVariableType() != VariableType.VARIABLE);
        variables.forEach(v -> results.put("out/sums/" + v.name(), sums(v.getArr())));
        return results;
    }

    /** One step on these arrays. */
    public static void step(SameDiff graph, Map<String, INDArray> given) {
        graph.fit(new DataSet(given.get(FEATURES), given.get(LABELS)));
    }

    /** Σp and Σ|p|. */
    private static INDArray sums(INDArray array) {
        double sum = 0;
        double size = 0;
        for (double value : array.dup('c').data().asDouble()) {
            sum += value;
            size += Math.abs(value);
        }
        return Nd4j.createFromArray((float) sum, (float) size);
    }
}
