package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Lean;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.models.HieraTinyFeatures;
import org.revlayers.models.Pretrained;
import org.revlayers.weights.TensorSource;

/** Which way Back Razor's gradients point on trained networks, with the paper's fp16 for GELU. Needs 267 MB of downloads. */
@Tag("slow")
class RazorGradientsTest {

    private static final int CLASSES = 10;
    private static final int BATCH = 8;
    private static final int TOKENS = 32;

    /** Of the better way to treat probabilities at a prune ratio of 0.8; seen 0.86 to 0.96, mean over the blocks, on inputs without meaning. */
    private static final double COSINE = 0.84;

    private static INDArray labels() {
        INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        return labels;
    }

    private static INDArray gradient(MultiLayerNetwork net, INDArray input) {
        net.setInput(input);
        net.setLabels(labels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients().dup();
    }

    /** Mean cosine over the blocks, by parameter. */
    private static Map<String, Double> cosines(MultiLayerNetwork plain, INDArray input, Memory options) {
        INDArray dense = gradient(plain, input);
        INDArray thinned = gradient(Lean.convert(plain, options).network(), input);
        Map<String, double[]> sums = new LinkedHashMap<>();
        long at = 0;
        for (int i = 0; i < plain.getnLayers(); i++) {
            Layer conf = plain.getLayer(i).conf().getLayer();
            for (String key : conf.initializer().paramKeys(conf)) {
                long length = plain.getLayer(i).getParam(key).length();
                if (conf instanceof TransformerBlock) {
                    var slice = NDArrayIndex.interval(at, at + length);
                    double cosine = Transforms.cosineSim(
                            dense.reshape(-1).get(slice), thinned.reshape(-1).get(slice));
                    double[] sum = sums.computeIfAbsent(key, k -> new double[2]);
                    sum[0] += cosine;
                    sum[1]++;
                }
                at += length;
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((key, sum) -> means.put(key, sum[0] / sum[1]));
        return means;
    }

    private static void check(
            String name, MultiLayerNetwork net, INDArray input, double prune, boolean probabilities, boolean better) {
        Map<String, Double> cosines = cosines(
                net, input, Memory.razor(prune).probabilities(probabilities).activations(ActivationMemory.FP16));
        StringBuilder line =
                new StringBuilder(name + ", prune " + prune + (probabilities ? ", probabilities kept" : "") + ":");
        cosines.forEach((key, cosine) -> line.append(String.format(Locale.ROOT, " %s %.3f", key, cosine)));
        System.out.println(line);
        for (String weight : new String[] {"qkvW", "projW", "fc1W", "fc2W"}) {
            assertTrue(
                    prune > 0.8 || !better || cosines.get(weight) > COSINE, weight + " at " + prune + ": " + cosines);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.8,false", "0.8,true", "0.9,false", "0.9,true"})
    void hieraTiny(double prune, boolean probabilities) throws Exception {
        try (TensorSource source = TensorSource.open(Fetch.standard(FetchProgress.SILENT)
                .file(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort"))) {
            Nd4j.getRandom().setSeed(1);
            INDArray features = HieraTinyFeatures.load(source).forward(Nd4j.rand(DataType.FLOAT, BATCH, 3, 64, 64));
            MultiLayerNetwork net = Pretrained.hieraTiny(source, CLASSES, Memory.store(), new Adam(1e-4), 3);
            check("Hiera-Tiny", net, features, prune, probabilities, !probabilities);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.8,false", "0.8,true", "0.9,false", "0.9,true"})
    void miniLm(double prune, boolean probabilities) throws Exception {
        try (TensorSource source = TensorSource.open(
                Fetch.standard(FetchProgress.SILENT).file(Artifacts.MINILM, "all-minilm-l6-v2.onnx"))) {
            INDArray ids = Nd4j.zeros(DataType.FLOAT, BATCH, TOKENS);
            for (int i = 0; i < ids.length(); i++) {
                ids.putScalar(i, 1000 + 37 * i);
            }
            MultiLayerNetwork net = Pretrained.miniLm(source, TOKENS, CLASSES, Memory.store(), new Adam(1e-4), 1);
            check("MiniLM", net, ids, prune, probabilities, probabilities);
        }
    }
}
