package org.revlayers.training;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.weightinit.impl.XavierInitScheme;
import org.revlayers.op.RevOps;

/** Residual blocks of norm, linear, activation, linear: small, but with activations that are larger than its parameters. */
final class SmallNet {

    enum Method {
        STOCK,
        EXACT,
        APPROXIMATE
    }

    static final int BATCH = 256;
    static final int WIDTH = 64;
    static final int HIDDEN = 256;
    static final int CLASSES = 10;

    private SmallNet() {}

    static SameDiff graph(Method method, int blocks) {
        return graph(method, blocks, new Adam(1e-3));
    }

    static SameDiff graph(Method method, int blocks, IUpdater updater) {
        Nd4j.getRandom().setSeed(12345);
        SameDiff sd = SameDiff.create();
        SDVariable in = sd.placeHolder("in", DataType.FLOAT, -1, WIDTH);
        SDVariable labels = sd.placeHolder("labels", DataType.FLOAT, -1, CLASSES);
        SDVariable x = in;
        for (int i = 0; i < blocks; i++) {
            SDVariable w1 = weight(sd, "w1_" + i, WIDTH, HIDDEN);
            SDVariable w2 = weight(sd, "w2_" + i, HIDDEN, WIDTH);
            SDVariable b1 = sd.zero("b1_" + i, DataType.FLOAT, HIDDEN).convertToVariable();
            SDVariable z = method == Method.STOCK ? stockNorm(sd, x, i) : RevOps.msLayerNorm(x, 1e-5);
            SDVariable b2 = sd.zero("b2_" + i, DataType.FLOAT, WIDTH).convertToVariable();
            SDVariable u = sd.nn().linear(z, w1, b1);
            SDVariable h =
                    switch (method) {
                        case STOCK -> sd.nn().gelu(u);
                        case EXACT -> RevOps.gelu(u);
                        case APPROXIMATE -> RevOps.regelu2(u);
                    };
            SDVariable branch = sd.nn().linear(h, w2, b2);
            x = method == Method.STOCK ? x.add(branch) : RevOps.add(x, branch);
        }
        SDVariable logits = x.mmul(weight(sd, "head", WIDTH, CLASSES));
        sd.loss().softmaxCrossEntropy("loss", labels, logits, null);
        sd.setLossVariables("loss");
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(updater)
                .dataSetFeatureMapping("in")
                .dataSetLabelMapping("labels")
                .build());
        return sd;
    }

    private static SDVariable stockNorm(SameDiff sd, SDVariable x, int i) {
        return sd.nn().layerNorm(x, sd.constant("gain" + i, Nd4j.ones(DataType.FLOAT, WIDTH)), true, 1);
    }

    private static SDVariable weight(SameDiff sd, String name, int in, int out) {
        return sd.var(name, new XavierInitScheme('c', in, out), DataType.FLOAT, in, out);
    }

    static DataSet batch(int seed) {
        Nd4j.getRandom().setSeed(seed);
        INDArray x = Nd4j.randn(DataType.FLOAT, BATCH, WIDTH);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, BATCH, CLASSES);
        INDArray best =
                x.get(NDArrayIndex.all(), NDArrayIndex.interval(0, CLASSES)).argMax(1);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, best.getInt(i), 1);
        }
        return new DataSet(x, labels);
    }
}
