package org.revlayers.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.chain.CoefficientSchedule;
import org.revlayers.fetch.Artifact;
import org.revlayers.fetch.Artifacts;
import org.revlayers.fetch.Fetch;
import org.revlayers.fetch.FetchProgress;
import org.revlayers.layers.Method;
import org.revlayers.models.HieraTinyFeatures;
import org.revlayers.models.Pretrained;
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
        ReversifyResult<MultiLayerNetwork> result = Reversify.convert(
                net,
                ReversifyOptions.builder()
                        .schedule(CoefficientSchedule.builder()
                                .totalIterations(100)
                                .build())
                        .sample(new INDArray[] {sample})
                        .build());
        ReversifyReport report = result.report();
        assertEquals(1, report.chains().size(), report.toString());
        assertEquals(subBlocks, report.chains().get(0).subBlocks());
        ReversifyReport.Comparison comparison = report.comparison();
        assertTrue(comparison.plain() <= ROUNDING * comparison.largest(), comparison.toString());
        assertTrue(comparison.keptAfter() < comparison.keptBefore() / 2, comparison.toString());
        MultiLayerNetwork back = Reversify.restore(result.network());
        assertEquals(net.params(), back.params());
        assertEquals(net.output(sample), back.output(sample));
    }

    @Test
    void miniLm() throws Exception {
        try (TensorSource source = open(Artifacts.MINILM, "all-minilm-l6-v2.onnx")) {
            INDArray ids = Nd4j.zeros(DataType.FLOAT, 2, TOKENS);
            for (int i = 0; i < ids.length(); i++) {
                ids.putScalar(i, 1000 + 37 * i);
            }
            convertsAndComesBack(Pretrained.miniLm(source, TOKENS, CLASSES, Method.PLAIN, new Adam(1e-4), 1), ids, 12);
        }
    }

    @Test
    void hieraTiny() throws Exception {
        try (TensorSource source = open(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort")) {
            INDArray image = Nd4j.rand(DataType.FLOAT, 1, 3, 128, 128);
            INDArray features = HieraTinyFeatures.load(source).forward(image);
            convertsAndComesBack(Pretrained.hieraTiny(source, CLASSES, Method.PLAIN, new Adam(1e-4), 3), features, 12);
        }
    }
}
