package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.keep.Memory;
import org.revlayers.weights.TensorSource;

/** all-MiniLM-L6-v2 as our layers, on real weights, against the checked-in reference; needs an 83 MB download. */
@Tag("slow")
class PretrainedMiniLmTest {

    /** Longer than the sentences, so that the mask works too. */
    private static final int TOKENS = 16;

    /** fp32 against double, values up to 0.2. */
    private static final double TOLERANCE = 2e-6;

    @Test
    void everyMethodGivesTheReferenceEmbeddings() throws Exception {
        JsonNode reference;
        try (InputStream in = PretrainedMiniLmTest.class.getResourceAsStream("/reference/minilm.json")) {
            reference = new ObjectMapper().readTree(in);
        }
        INDArray ids = Nd4j.zeros(DataType.FLOAT, 2, TOKENS);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 2, TOKENS);
        for (int s = 0; s < 2; s++) {
            JsonNode tokens = reference.get("sentences").get(s).get("ids");
            for (int t = 0; t < tokens.size(); t++) {
                ids.putScalar(s, t, tokens.get(t).asInt());
                mask.putScalar(s, t, 1);
            }
        }
        try (TensorSource source = TensorSource.open(
                Fetch.standard(FetchProgress.SILENT).file(Artifacts.MINILM, "all-minilm-l6-v2.onnx"))) {
            INDArray plain = null;
            for (Memory memory : List.of(Memory.store(), Memory.recompute(), Memory.approx())) {
                MultiLayerNetwork net = Pretrained.miniLm(source, TOKENS, 0, memory, new Adam(1e-4), 1);
                INDArray e =
                        Transforms.unitVec(net.output(ids, false, mask, null).getRow(0));
                INDArray f =
                        Transforms.unitVec(net.output(ids, false, mask, null).getRow(1));
                double worst = Math.max(difference(reference, 0, e), difference(reference, 1, f));
                double cosine = e.mul(f).sumNumber().doubleValue();
                System.out.println(memory + ": cosine " + cosine + ", embeddings differ by at most " + worst);
                assertEquals(0.755, cosine, 5e-4);
                assertTrue(worst < TOLERANCE, memory + " " + worst);

                INDArray classified = Pretrained.miniLm(source, TOKENS, 8, memory, new Adam(1e-4), 7)
                        .output(ids, false, mask, null);
                plain = plain == null ? classified : plain;
                assertEquals(0, classified.sub(plain).amaxNumber().doubleValue(), 1e-5, memory + " starts as PLAIN");
            }
        }
    }

    private static double difference(JsonNode reference, int sentence, INDArray embedding) {
        double worst = 0;
        JsonNode expected = reference.get("sentences").get(sentence).get("embedding");
        for (int i = 0; i < expected.size(); i++) {
            worst = Math.max(worst, Math.abs(expected.get(i).asDouble() - embedding.getDouble(i)));
        }
        return worst;
    }
}
