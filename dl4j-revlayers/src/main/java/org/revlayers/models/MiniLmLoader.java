package org.revlayers.models;

import java.io.IOException;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.internal.weights.BertEmbeddings;
import org.revlayers.internal.weights.MiniLm;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.keep.Memory;
import org.revlayers.weights.TensorSource;

/** Sentence encoders, as {@link Pretrained#miniLm} gives them. */
final class MiniLmLoader {

    private MiniLmLoader() {}

    static MultiLayerNetwork load(
            TensorSource source, int tokens, int classes, Memory memory, IUpdater updater, long seed)
            throws IOException {
        PlainStart start = new PlainStart(memory);
        PlainStart.read(source, () -> {
            MiniLm.check(source);
            return null;
        });
        BertEmbeddings e = PlainStart.read(source, () -> MiniLm.embeddings(source));
        VitBlockWeights first = PlainStart.read(source, () -> MiniLm.block(source, 0));
        MultiLayerNetwork net = start.fresh(
                TextEncoder.builder()
                        .vocabulary((int) e.words().size(0))
                        .positions((int) e.positions().size(0))
                        .tokens(tokens)
                        .features((int) e.dim())
                        .depth(MiniLm.depth(source))
                        .heads((int) e.dim() / MiniLm.HEAD)
                        .mlp((int) first.hidden())
                        .classes(classes)
                        .normEps(MiniLm.EPS),
                updater,
                seed);
        PlainStart.read(source, () -> {
            Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
            WeightCopy.put(embedding, "word", e.words());
            WeightCopy.put(embedding, "position", e.positions());
            WeightCopy.put(embedding, "type", e.tokenTypes().slice(0));
            Map<String, INDArray> norm = net.getLayer("norm").paramTable();
            WeightCopy.put(norm, "normGamma", e.gamma());
            WeightCopy.put(norm, "normBeta", e.beta());
            for (int i = 0; i < MiniLm.depth(source); i++) {
                WeightCopy.block(
                        i == 0 ? first : MiniLm.block(source, i),
                        net.getLayer("block" + i).paramTable());
            }
            return net;
        });
        return start.finished(net);
    }
}
