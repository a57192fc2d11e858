package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.fetch.Artifact;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.keep.Memory;
import org.revlayers.models.HieraTinyFeatures;
import org.revlayers.models.Pretrained;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.weights.TensorSource;

/** Real transformers as chains and back: all-MiniLM-L6-v2 (post-LN) and Hiera-Tiny's blocks 4 to 9; needs 267 MB of downloads. */
@Tag("slow")
class PretrainedChainsTest {

    private static final int CLASSES = 10;
    private static final int TOKENS = 16;

    /** Largest difference of what the network computed before and computes at (1, 0), as a part of its largest output. */
    private static final double ROUNDING = 1e-4;

    private static TensorSource open(Artifact artifact, String file) throws Exception {
        return TensorSource.open(Fetch.standard(FetchProgress.SILENT).file(artifact, file));
    }

    private static void convertsAndComesBack(MultiLayerNetwork net, INDArray sample, int subBlocks) {
        Conversion<MultiLayerNetwork> result = Lean.convert(
                net,
                Memory.reversible(
                        CoefficientSchedule.builder().totalIterations(100).build()),
                Sample.of(sample));
        ConversionReport report = result.report();
        assertEquals(1, report.chains().size(), report.toString());
        assertEquals(subBlocks, report.chains().get(0).subBlocks());
        ConversionReport.Comparison comparison = report.comparison();
        assertTrue(comparison.plain() <= ROUNDING * comparison.largest(), comparison.toString());
        assertTrue(comparison.keptAfter() < comparison.keptBefore() / 2, comparison.toString());
        MultiLayerNetwork back = Lean.restore(result.network());
        assertEquals(net.params(), back.params());
        assertEquals(net.output(sample), back.output(sample));
    }

    private static INDArray ids(int texts) {
        INDArray ids = Nd4j.zeros(DataType.FLOAT, texts, TOKENS);
        for (int i = 0; i < ids.length(); i++) {
            ids.putScalar(i, 1000 + 37 * i);
        }
        return ids;
    }

    private static MultiLayerNetwork miniLm(TensorSource source) throws IOException {
        return Pretrained.miniLm(source, TOKENS, CLASSES, Memory.store(), new Adam(1e-4), 1);
    }

    @Test
    void miniLm() throws Exception {
        try (TensorSource source = open(Artifacts.MINILM, "all-minilm-l6-v2.onnx")) {
            convertsAndComesBack(miniLm(source), ids(2), 12);
        }
    }

    /** What the schedule's default end rests on: cosine of a text's features and the pretrained network's. */
    @Test
    void onTheLineOfUnitSumMiniLmIsNearerTheSmallerBetaIs() throws Exception {
        try (TensorSource source = open(Artifacts.MINILM, "all-minilm-l6-v2.onnx")) {
            INDArray pretrained = features(miniLm(source), 1, 0);
            double last = 1;
            for (double beta : new double[] {0.125, 0.25, 0.5, 0.75}) {
                double cosine = Transforms.cosineSim(pretrained, features(miniLm(source), 1 - beta, beta));
                System.out.printf(Locale.ROOT, "MiniLM at (%.3f, %.3f): cosine %.3f%n", 1 - beta, beta, cosine);
                assertTrue(cosine < last, "β = " + beta + ": " + cosine + ", before " + last);
                last = cosine;
            }
            double start = Transforms.cosineSim(pretrained, features(miniLm(source), 1, 0.125));
            System.out.printf(Locale.ROOT, "MiniLM at (1, 0.125): cosine %.3f%n", start);
            assertTrue(start > 0.9 && last < 0.9, start + " at the start, " + last + " at (1/4, 3/4)");
        }
    }

    /** Of 16 texts, one behind the other. */
    private static INDArray features(MultiLayerNetwork net, double alpha, double beta) {
        Memory options =
                Memory.reversible(CoefficientSchedule.constant(alpha, beta)).mode(ChainMode.STORE);
        List<INDArray> all = Lean.convert(net, options).network().feedForward(ids(16), false);
        return all.get(all.size() - 2);
    }

    @Test
    void hieraTiny() throws Exception {
        try (TensorSource source = open(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort")) {
            INDArray image = Nd4j.rand(DataType.FLOAT, 1, 3, 128, 128);
            INDArray features = HieraTinyFeatures.load(source).forward(image);
            convertsAndComesBack(
                    Pretrained.hieraTiny(source, CLASSES, Memory.store(), new Adam(1e-4), 3), features, 12);
        }
    }
}
