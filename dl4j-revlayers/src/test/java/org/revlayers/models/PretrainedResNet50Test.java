package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Map;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.weights.TensorSource;

/** ResNet-50 with real weights against the checked-in reference and two photographs; needs a 95 MB download. */
@Tag("slow")
class PretrainedResNet50Test {

    /** fp32 against double through 53 convolutions, relative to the largest value of the sample. */
    private static final double TOLERANCE = 1e-4;

    /** What another JPEG decoder may change in a probability. */
    private static final double DECODING = 0.03;

    /** A probability behind 53 convolutions, in the chains' hosts and in DL4J's. */
    private static final double HOSTS = 1e-5;

    private static TensorSource source;
    private static ComputationGraph net;
    private static JsonNode reference;

    @BeforeAll
    static void load() throws Exception {
        source =
                TensorSource.open(Fetch.standard(FetchProgress.SILENT).file(Artifacts.RESNET50, "ResNet50/model.json"));
        net = Pretrained.resNet50(source, 1000, new Sgd(1e-3), 1);
        try (InputStream in = PretrainedResNet50Test.class.getResourceAsStream("/reference/resnet50.json")) {
            reference = new ObjectMapper().readTree(in);
        }
    }

    @AfterAll
    static void close() throws IOException {
        source.close();
    }

    @Test
    void givesTheReferenceOutputsAtAnySize() {
        for (int side : new int[] {64, 224}) {
            JsonNode expected = reference.get("synthetic").get(String.valueOf(side));
            INDArray image = RealWeightsTest.image(side).mul(80).addi(127.5);
            Map<String, INDArray> activations = net.feedForward(ResNet50.preprocess(image), false);
            for (Iterator<Map.Entry<String, JsonNode>> it =
                            expected.get("layers").fields();
                    it.hasNext(); ) {
                Map.Entry<String, JsonNode> layer = it.next();
                compare(side + " " + layer.getKey(), layer.getValue(), activations.get(layer.getKey()));
            }
            compare(side + " output", expected.get("output"), activations.get("output"));
        }
    }

    private static void compare(String what, JsonNode sample, INDArray values) {
        INDArray flat = values.dup('c').reshape(values.length());
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < sample.get("index").size(); i++) {
            double expected = sample.get("value").get(i).asDouble();
            largest = Math.max(largest, Math.abs(expected));
            worst = Math.max(
                    worst,
                    Math.abs(
                            expected - flat.getDouble(sample.get("index").get(i).asLong())));
        }
        System.out.println(what + ": off by at most " + worst + " of " + largest);
        assertEquals(0, worst / largest, TOLERANCE, what);
    }

    static INDArray photo(String name) throws IOException {
        BufferedImage image = ImageIO.read(PretrainedResNet50Test.class.getResource("/images/" + name));
        int side = image.getWidth();
        float[] rgb = new float[3 * side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int pixel = image.getRGB(x, y);
                for (int c = 0; c < 3; c++) {
                    rgb[(c * side + y) * side + x] = pixel >> (16 - 8 * c) & 0xff;
                }
            }
        }
        return ResNet50.preprocess(Nd4j.create(rgb, new long[] {1, 3, side, side}, 'c'));
    }

    @Test
    void recognisesTheCatAndTheCoffeeAlsoAsChains() throws Exception {
        Conversion<ComputationGraph> converted = Lean.convert(net, Memory.reversible(), Sample.of(photo("cat.jpg")));
        System.out.print(converted.report());
        assertEquals(
                java.util.List.of(2, 3, 5, 2),
                converted.report().chains().stream()
                        .map(ConversionReport.Unit::subBlocks)
                        .toList());
        assertEquals(0, converted.report().comparison().plain(), 1e-5);
        ComputationGraph plain = Lean.convert(
                        net,
                        Memory.reversible(CoefficientSchedule.constant(1, 0)).mode(ChainMode.CHECKPOINT))
                .network();
        for (Iterator<Map.Entry<String, JsonNode>> it = reference.get("photos").fields(); it.hasNext(); ) {
            Map.Entry<String, JsonNode> photo = it.next();
            INDArray p = net.outputSingle(photo(photo.getKey()));
            int best = p.argMax(1).getInt(0);
            System.out.println(photo.getKey() + " " + best + " " + p.getDouble(best));
            assertEquals(photo.getValue().get("class").asInt(), best);
            assertEquals(photo.getValue().get("probability").asDouble(), p.getDouble(best), DECODING);
            INDArray same = plain.outputSingle(photo(photo.getKey()));
            assertEquals(best, same.argMax(1).getInt(0), "class at (1, 0)");
            Compare.near(p, same, HOSTS, "probabilities at (1, 0)");
            INDArray q = converted.network().outputSingle(photo(photo.getKey()));
            System.out.println("at (1, 1/8): " + q.argMax(1).getInt(0) + " " + q.maxNumber() + ", of the right class "
                    + q.getDouble(best));
        }
        ComputationGraph back = Lean.restore(converted.network());
        assertEquals(net.params(), back.params());
        assertEquals(net.outputSingle(photo("cat.jpg")), back.outputSingle(photo("cat.jpg")));
    }

    @Test
    void aFreshHeadHasTheClassesAskedFor() throws Exception {
        ComputationGraph ten = Pretrained.resNet50(source, 10, new Sgd(1e-3), 1);
        assertArrayEquals(
                new long[] {2, 10},
                ten.outputSingle(Nd4j.zeros(DataType.FLOAT, 2, 3, 64, 64)).shape());
        assertEquals(net.getParam("res5c_branch2c_W"), ten.getParam("res5c_branch2c_W"));
    }
}
