package org.revlayers.chain;

import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerMlp;

/** ODEs on every layout, in small networks. */
enum OdeNets {
    DENSE(InputType.feedForward(5), 5),
    TOKENS(InputType.recurrent(8, 4, RNNFormat.NWC), 4, 8),
    IMAGES(InputType.convolutional(4, 5, 3), 3, 4, 5);

    private final InputType input;
    private final long[] example;

    OdeNets(InputType input, long... example) {
        this.input = input;
        this.example = example;
    }

    /** An ODE with an f of this layout. */
    ReversibleOde.Builder ode() {
        return new ReversibleOde.Builder().name("ode").layers(f().toArray(Layer[]::new));
    }

    private List<Layer> f() {
        return switch (this) {
            case DENSE -> List.of(dense(7, Activation.TANH), dense(5, Activation.IDENTITY));
            case TOKENS -> List.of(
                    new TransformerMlp.Builder(12).nOut(8).build(),
                    new LayerNormalization.Builder().build(),
                    new MultiHeadSelfAttention.Builder(2).build());
            case IMAGES -> List.of(convolution(4, Activation.RELU), convolution(3, Activation.TANH));
        };
    }

    static DenseLayer dense(int n, Activation activation) {
        return new DenseLayer.Builder().nOut(n).activation(activation).build();
    }

    private static ConvolutionLayer convolution(int n, Activation activation) {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(n)
                .convolutionMode(ConvolutionMode.Same)
                .activation(activation)
                .build();
    }

    /** The ODE in front of a classifier. */
    MultiLayerNetwork net(ReversibleOde ode, DataType type) {
        Layer[] behind =
                switch (this) {
                    case DENSE -> new Layer[0];
                    case TOKENS -> new Layer[] {new TokenPooling.Builder(TokenPooling.Kind.MEAN).build()};
                    case IMAGES -> new Layer[] {new GlobalPoolingLayer()};
                };
        return ChainNets.net(ode, type, input, o -> o.updater(new NoOp()), behind);
    }

    DataSet data(DataType type, int batch) {
        INDArray x = input(type, batch);
        INDArray labels = Nd4j.zeros(type, batch, ChainNets.CLASSES);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, i % ChainNets.CLASSES, 1);
        }
        return new DataSet(x, labels);
    }

    INDArray input(DataType type, int batch) {
        long[] shape = new long[example.length + 1];
        shape[0] = batch;
        System.arraycopy(example, 0, shape, 1, example.length);
        long length = Nd4j.zeros(DataType.INT8, shape).length();
        return Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 5.3, length))
                .reshape('c', shape)
                .castTo(type);
    }

    /** What the ODE gives, in inference. */
    static INDArray solution(MultiLayerNetwork net, INDArray x) {
        return net.feedForwardToLayer(0, x, false).get(1);
    }
}
