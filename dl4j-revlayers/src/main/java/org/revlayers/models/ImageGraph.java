package org.revlayers.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/** How convolutional networks of images begin. */
final class ImageGraph {

    private static final int COLOURS = 3;

    private ImageGraph() {}

    /** A graph with the input {@code image}, three colours of that side. */
    static GraphBuilder of(int side, IUpdater updater, DataType type, long seed) {
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(type)
                .updater(updater)
                .weightInit(WeightInit.RELU)
                .convolutionMode(ConvolutionMode.Truncate)
                .graphBuilder()
                .addInputs("image")
                .setInputTypes(InputType.convolutional(side, side, COLOURS));
    }
}
