package org.revlayers.models;

import java.util.List;
import lombok.Builder;
import lombok.Getter;
import lombok.experimental.SuperBuilder;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;

/** What the models of transformer blocks have in common, whatever they embed: how they are trained, their norm and their head. */
@Getter
@SuperBuilder
abstract class TokenModel {

    @Builder.Default
    private Memory memory = Memory.store();

    private double dropPath;

    @Builder.Default
    private long seed = 1;

    @Builder.Default
    private IUpdater updater = new Adam(1e-4);

    @Builder.Default
    private DataType dataType = DataType.FLOAT;

    @Builder.Default
    private WorkspaceMode workspaceMode = WorkspaceMode.ENABLED;

    /** The layers in order, named. */
    public abstract List<Layer> layers();

    /** What the first layer reads. */
    abstract InputType input();

    /** As a {@link MultiLayerNetwork}'s configuration. */
    public MultiLayerConfiguration conf() {
        NeuralNetConfiguration.ListBuilder list = base().list();
        layers().forEach(list::layer);
        return list.setInputType(input()).build();
    }

    /** A network with random weights. */
    public MultiLayerNetwork init() {
        MultiLayerNetwork net = new MultiLayerNetwork(conf());
        net.init();
        return net;
    }

    NeuralNetConfiguration.Builder base() {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(dataType)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .trainingWorkspaceMode(workspaceMode)
                .inferenceWorkspaceMode(workspaceMode);
    }

    /** The norm beside the blocks, without gamma and beta where the memory merges them into the linear layers that read it. */
    Layer norm(double eps) {
        return memory.sharesNorms()
                ? new MemorySharingLayerNorm.Builder().eps(eps).name("norm").build()
                : new LayerNormalization.Builder().eps(eps).name("norm").build();
    }

    /** Block {@code i} of {@code depth} is left out with a probability that grows from 0 to {@code dropPath}. */
    double dropPath(int i, int depth) {
        return depth < 2 ? 0 : dropPath * i / (depth - 1);
    }

    /** Probabilities of the classes. */
    static Layer head(int classes) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .name("output")
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .build();
    }
}
