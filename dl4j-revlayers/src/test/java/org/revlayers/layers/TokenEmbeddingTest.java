package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.models.TextEncoder;

class TokenEmbeddingTest {

    private static final INDArray IDS = Nd4j.createFromArray(new double[][] {{3, 1, 3}, {5, 1, 0}});

    private static TextEncoder encoder(int tokens) {
        return TextEncoder.builder()
                .vocabulary(6)
                .positions(4)
                .tokens(tokens)
                .features(4)
                .heads(2)
                .mlp(6)
                .depth(1)
                .classes(3)
                .dataType(DataType.DOUBLE)
                .build();
    }

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = encoder(3).init();
        INDArray type = net.getLayer("embedding").getParam("type");
        type.assign(Nd4j.createFromArray(0.1, -0.2, 0.3, 0.4));
        return net;
    }

    @Test
    void addsWordPositionAndType() {
        MultiLayerNetwork net = net();
        INDArray y = net.feedForward(IDS).get(1);
        INDArray word = net.getLayer("embedding").getParam("word");
        INDArray position = net.getLayer("embedding").getParam("position");
        INDArray type = net.getLayer("embedding").getParam("type");
        for (int b = 0; b < 2; b++) {
            for (int t = 0; t < 3; t++) {
                for (int f = 0; f < 4; f++) {
                    double expected = word.getDouble((long) IDS.getDouble(b, t), f)
                            + position.getDouble(t, f)
                            + type.getDouble(f);
                    assertEquals(expected, y.getDouble(b, t, f), 1e-12);
                }
            }
        }
    }

    @Test
    void gradientsMatchCentralDifferences() {
        MultiLayerNetwork net = net();
        INDArray labels = Nd4j.createFromArray(new double[][] {{0, 1, 0}, {0, 0, 1}});
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1}, {1, 1, 0}});
        INDArray analytic = gradient(net, labels, mask);
        assertEquals(analytic, gradient(net, labels, mask), "the same bits every time");
        INDArray params = net.params();
        long embedding = net.getLayer("embedding").numParams();
        for (long i = 0; i < embedding; i++) {
            double old = params.getDouble(i);
            params.putScalar(i, old + 1e-6);
            double up = score(net, labels, mask);
            params.putScalar(i, old - 1e-6);
            double down = score(net, labels, mask);
            params.putScalar(i, old);
            assertEquals((up - down) / 2e-6, analytic.getDouble(i), 1e-7, "parameter " + i);
        }
    }

    private static INDArray gradient(MultiLayerNetwork net, INDArray labels, INDArray mask) {
        score(net, labels, mask);
        return net.gradient().gradient().div(IDS.size(0)); // DL4J divides by mb in its updater
    }

    private static double score(MultiLayerNetwork net, INDArray labels, INDArray mask) {
        net.setInput(IDS);
        net.setLabels(labels);
        net.setLayerMaskArrays(mask, null);
        net.computeGradientAndScore();
        return net.score();
    }

    @Test
    void whatIsNotAnIdIsSaid() {
        MultiLayerNetwork net = net();
        for (double wrong : new double[] {-1, 6, 0.5, Double.NaN}) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> net.output(Nd4j.createFromArray(new double[][] {{0, wrong, 1}})))
                    .getMessage();
            assertTrue(message.contains("token 1") && message.contains("0 to 5"), message);
        }
        assertThrows(IllegalStateException.class, () -> encoder(5).init(), "more tokens than positions");
    }

    @Test
    void jsonRoundTrip() {
        MultiLayerConfiguration conf = encoder(3).conf();
        assertEquals(conf, MultiLayerConfiguration.fromJson(conf.toJson()));
    }
}
