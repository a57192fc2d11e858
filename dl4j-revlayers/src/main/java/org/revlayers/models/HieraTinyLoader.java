package org.revlayers.models;

import java.io.IOException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.function.Norm;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.weights.TensorSource;

/** Hiera-Tiny's blocks, as {@link Pretrained#hieraTiny} gives them. */
final class HieraTinyLoader {

    private HieraTinyLoader() {}

    /** Side of the grid of {@link HieraTinyFeatures} at 224 px. */
    private static final int HIERA_GRID = 14;

    static MultiLayerNetwork load(TensorSource source, int classes, Memory memory, IUpdater updater, long seed)
            throws IOException {
        PlainStart start = new PlainStart(memory);
        HieraTiny.check(source);
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(DataType.FLOAT)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .list();
        for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
            list.layer(new TransformerBlock.Builder(HieraTiny.HEADS)
                    .name("block" + i)
                    .mlp(4L * HieraTiny.DIM)
                    .norm(Norm.LAYER, HieraTiny.EPS)
                    .memory(start.plain())
                    .build());
        }
        list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN)
                        .name("pooling")
                        .build())
                .layer(new LayerNormalization.Builder()
                        .eps(HieraTiny.EPS)
                        .name("norm")
                        .build())
                .layer(TokenModel.head(classes))
                .setInputType(InputType.recurrent(HieraTiny.DIM, HIERA_GRID * HIERA_GRID, RNNFormat.NWC));
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        PlainStart.read(source, () -> {
            for (int i = HieraTiny.FIRST_BLOCK; i <= HieraTiny.LAST_BLOCK; i++) {
                WeightCopy.block(
                        HieraTiny.block(source, i), net.getLayer("block" + i).paramTable());
            }
            return net;
        });
        return start.finished(net);
    }
}
