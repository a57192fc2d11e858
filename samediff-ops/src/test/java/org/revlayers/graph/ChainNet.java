package org.revlayers.graph;

import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** A linear layer, a chain of LN → matmul → GELU → matmul, and a loss. */
record ChainNet(
        DataType type, StreamType streams, ChainMode mode, CoefficientSchedule coefficients, int depth, Body body) {

    enum Body {
        STOCK,
        OURS,
        DROPOUT
    }

    static final int WIDTH = 16;
    static final int HIDDEN = 32;

    /** A chain in a FLOAT graph. */
    static ChainNet of(ChainMode mode, double alpha, double beta) {
        return new ChainNet(DataType.FLOAT, null, mode, CoefficientSchedule.constant(alpha, beta), 6, Body.STOCK);
    }

    ChainNet with(Body body) {
        return new ChainNet(type, streams, mode, coefficients, depth, body);
    }

    ChainNet with(CoefficientSchedule coefficients) {
        return new ChainNet(type, streams, mode, coefficients, depth, body);
    }

    ChainNet with(DataType type) {
        return new ChainNet(type, streams, mode, coefficients, depth, body);
    }

    ChainNet deep(int depth) {
        return new ChainNet(type, streams, mode, coefficients, depth, body);
    }

    ChainNet on(StreamType streams) {
        return new ChainNet(type, streams, mode, coefficients, depth, body);
    }

    SameDiff graph() {
        return graph(WIDTH, HIDDEN);
    }

    SameDiff graph(int width, int hidden) {
        Nd4j.getRandom().setSeed(99);
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", type, -1, width);
        SDVariable embedding = sd.var("embedding", new XavierInitScheme('c', width, width), type, width, width);
        SDVariable gain = sd.var("gain", Nd4j.rand(type, width).addi(0.5));
        GraphChain chain =
                GraphChain.in(sd, "chain").coefficients(coefficients).mode(mode).streams(streams);
        for (int i = 0; i < depth; i++) {
            int seed = i + 1;
            chain.then("mlp" + i, (g, x) -> mlp(g, x, gain, hidden, seed));
        }
        SDVariable y = chain.of(in.mmul(embedding));
        SDVariable target = sd.constant("target", Nd4j.linspace(-1, 1, width, type));
        SDVariable difference = y.sub(target);
        difference.mul(difference).mean("loss");
        return trainable(sd);
    }

    /** With "in" as its features and "loss" as its loss. */
    static SameDiff trainable(SameDiff sd) {
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(1e-2))
                .dataSetFeatureMapping("in")
                .markLabelsUnused()
                .build());
        return sd;
    }

    /** Another weight for every element of y, so that all gradients are other ones. */
    static SameDiff weighted(SDVariable y) {
        SameDiff sd = y.getSameDiff();
        SDVariable weights =
                sd.constant("weights", Nd4j.rand(y.dataType(), y.eval().shape()));
        sd.setLossVariables(y.mul(weights).sum("loss"));
        return sd;
    }

    /** All functions share the gain of the norm; the other parameters are their own. */
    private SDVariable mlp(SameDiff g, SDVariable x, SDVariable gain, int hidden, int seed) {
        int width = (int) gain.getShape()[0];
        SDVariable w1 = g.var("w1", new XavierInitScheme('c', width, hidden), type, width, hidden);
        SDVariable b1 = g.var("b1", Nd4j.zeros(type, hidden));
        SDVariable w2 = g.var("w2", new XavierInitScheme('c', hidden, width), type, hidden, width);
        if (body == Body.STOCK) {
            SDVariable h = g.nn().gelu(g.nn().linear(g.nn().layerNorm(x, gain, true, 1), w1, b1));
            return h.mmul(w2).mul(0.5);
        }
        SDVariable h = RevOps.gelu(g.nn().linear(RevOps.msLayerNorm(x, 1e-6).mul(gain), w1, b1));
        return (body == Body.DROPOUT ? RevOps.dropoutReplay(h, 0.3, seed) : h).mmul(w2);
    }

    INDArray input(int seed) {
        Nd4j.getRandom().setSeed(seed + 1);
        return Nd4j.randn(type, 10, WIDTH);
    }

    DataSet batch(int seed) {
        return new DataSet(input(seed), null);
    }

    Map<String, INDArray> gradients(SameDiff sd) {
        return new TreeMap<>(sd.calculateGradients(
                Map.of("in", input(0)), GraphValues.parameters(sd).keySet()));
    }

    INDArray output(SameDiff sd) {
        return sd.outputSingle(Map.of("in", input(0)), "chain");
    }

    float loss(SameDiff sd) {
        return sd.outputSingle(Map.of("in", input(0)), "loss").getFloat(0);
    }
}
