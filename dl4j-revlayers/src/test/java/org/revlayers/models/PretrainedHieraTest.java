package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.keep.Memory;
import org.revlayers.weights.TensorSource;

/** Hiera-Tiny's blocks 4 to 9 as our layers, on real weights, against the checked-in reference; needs a 184 MB download. */
@Tag("slow")
class PretrainedHieraTest {

    /** fp32 against double through ten blocks, values up to 10. */
    private static final double TOLERANCE = 2e-5;

    @Test
    void blocksGiveTheReferenceOutputsAndMethodsStartEqual() throws Exception {
        JsonNode reference;
        try (InputStream in = PretrainedHieraTest.class.getResourceAsStream("/reference/hiera-tiny-224.json")) {
            reference = new ObjectMapper().readTree(in);
        }
        try (TensorSource source = TensorSource.open(Fetch.standard(FetchProgress.SILENT)
                .file(Artifacts.HIERA_TINY, "dist/sam2_hiera_tiny_encoder.with_runtime_opt.ort"))) {
            INDArray features = HieraTinyFeatures.load(source).forward(RealWeightsTest.image(224));
            INDArray plainOut = null;
            for (Memory memory : List.of(Memory.store(), Memory.recompute(), Memory.approx())) {
                MultiLayerNetwork net = Pretrained.hieraTiny(source, 10, memory, new Adam(1e-4), 3);
                List<INDArray> activations = net.feedForward(features);
                double worst = 0;
                for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
                    INDArray y = activations.get(i - HieraTiny.FIRST_BLOCK + 1).reshape(-1);
                    JsonNode sample = reference.get("block" + i);
                    for (int k = 0; k < sample.get("index").size(); k++) {
                        double difference =
                                y.getDouble(sample.get("index").get(k).asLong())
                                        - sample.get("value").get(k).asDouble();
                        worst = Math.max(worst, Math.abs(difference));
                    }
                }
                System.out.println(memory + ": blocks 4 to 9 differ from the reference by at most " + worst);
                assertTrue(worst < TOLERANCE, memory + " " + worst);
                INDArray out = net.output(features);
                assertArrayEquals(new long[] {1, 10}, out.shape());
                plainOut = plainOut == null ? out : plainOut;
                assertEquals(0, out.sub(plainOut).amaxNumber().doubleValue(), 1e-5, memory + " starts as PLAIN");
            }
        }
    }
}
