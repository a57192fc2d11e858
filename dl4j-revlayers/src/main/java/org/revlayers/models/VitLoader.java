package org.revlayers.models;

import java.io.IOException;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.internal.weights.VitBlockWeights;
import org.revlayers.internal.weights.VitEmbeddings;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TokenPooling;
import org.revlayers.weights.TensorSource;

/** Vision transformers, as {@link Pretrained#vit} gives them. */
final class VitLoader {

    private VitLoader() {}

    static MultiLayerNetwork load(
            TensorSource source, int classes, int imageSize, Memory memory, IUpdater updater, long seed)
            throws IOException {
        PlainStart start = new PlainStart(memory);
        VitFile file = PlainStart.read(source, () -> VitFile.of(source));
        VitEmbeddings e = PlainStart.read(source, file::embeddings);
        VitBlockWeights first = PlainStart.read(source, () -> file.block(0));
        boolean classToken = e.classToken() != null;
        MultiLayerNetwork net = start.fresh(
                VisionTransformer.builder()
                        .features((int) e.dim())
                        .heads((int) e.dim() / VitFile.HEAD)
                        .mlp((int) first.hidden())
                        .depth(file.depth())
                        .patch((int) e.patch())
                        .channels((int) e.patchW().size(1))
                        .height(imageSize)
                        .width(imageSize)
                        .classes(classes)
                        .pooling(classToken ? TokenPooling.Kind.CLASS_TOKEN : TokenPooling.Kind.MEAN)
                        .normEps(file.normEps()),
                updater,
                seed);
        PlainStart.read(source, () -> {
            for (int i = 0; i < file.depth(); i++) {
                WeightCopy.block(
                        i == 0 ? first : file.block(i),
                        net.getLayer("block" + i).paramTable());
            }
            int grid = imageSize / (int) e.patch();
            Map<String, INDArray> embedding = net.getLayer("embedding").paramTable();
            WeightCopy.put(embedding, "patchW", WeightCopy.columns(e.patchW()));
            WeightCopy.put(embedding, "patchB", e.patchB());
            WeightCopy.put(embedding, "position", PositionEmbedding.resize(e.positions(), classToken, grid, grid));
            if (classToken) {
                WeightCopy.put(embedding, "classToken", e.classToken());
            }
            Map<String, INDArray> norm = net.getLayer("norm").paramTable();
            WeightCopy.put(norm, "normGamma", e.finalGamma());
            WeightCopy.put(norm, "normBeta", e.finalBeta());
            if (e.headW() != null && e.headW().size(1) == classes) {
                Map<String, INDArray> head = net.getLayer("output").paramTable();
                WeightCopy.put(head, "W", e.headW());
                WeightCopy.putVector(head, "b", e.headB());
            }
            return net;
        });
        return start.finished(net);
    }
}
