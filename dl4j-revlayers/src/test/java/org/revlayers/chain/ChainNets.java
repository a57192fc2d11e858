package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MultiHeadSelfAttention;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerMlp;

/** Small networks with a chain of transformer sub-blocks inside, and data for them. */
final class ChainNets {

    static final int TOKENS = 5;
    static final int FEATURES = 8;
    static final int CLASSES = 3;

    private ChainNets() {}

    /** A chain of {@code n} sub-blocks, attention and MLP in turn. */
    static ReversibleChain.Builder transformer(int n) {
        ReversibleChain.Builder chain = new ReversibleChain.Builder().name("chain");
        for (int i = 0; i < n; i++) {
            LayerNormalization norm =
                    new LayerNormalization.Builder().name("norm").build();
            chain.subBlock(
                    i % 2 == 0
                            ? SubBlock.of(
                                    "attention" + i,
                                    norm,
                                    new MultiHeadSelfAttention.Builder(2)
                                            .name("mix")
                                            .build())
                            : SubBlock.of(
                                    "mlp" + i,
                                    norm,
                                    new TransformerMlp.Builder(16).name("mlp").build()));
        }
        return chain;
    }

    static MultiLayerConfiguration conf(ReversibleChain chain, DataType type, IUpdater updater, WorkspaceMode mode) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(updater)
                .weightInit(WeightInit.XAVIER)
                .trainingWorkspaceMode(mode)
                .inferenceWorkspaceMode(mode)
                .list()
                .layer(chain)
                .layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                .layer(output())
                .setInputType(InputType.recurrent(FEATURES, TOKENS, RNNFormat.NWC))
                .build();
    }

    static MultiLayerNetwork net(ReversibleChain chain, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf(chain, type, new Sgd(0.1), WorkspaceMode.ENABLED));
        net.init();
        return net;
    }

    /** The same network with one thing changed, and the same parameters. */
    static MultiLayerNetwork net(MultiLayerNetwork like, Consumer<ReversibleChain> change) {
        MultiLayerConfiguration conf = like.getLayerWiseConfigurations().clone();
        change.accept((ReversibleChain) conf.getConf(0).getLayer());
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        net.setParams(like.params().dup());
        return net;
    }

    static INDArray input(DataType type, int batch) {
        return Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 9.7, (long) batch * TOKENS * FEATURES))
                .reshape('c', batch, TOKENS, FEATURES)
                .castTo(type);
    }

    static INDArray labels(DataType type, int batch) {
        INDArray labels = Nd4j.zeros(type, batch, CLASSES);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        return labels;
    }

    static DataSet data(DataType type, int batch) {
        return new DataSet(input(type, batch), labels(type, batch));
    }

    /** A DOUBLE network on flat inputs: the chain and an output layer. */
    static MultiLayerNetwork flat(ReversibleChain chain, Consumer<NeuralNetConfiguration.Builder> options) {
        return net(chain, DataType.DOUBLE, InputType.feedForward(FEATURES), options);
    }

    /** The chain, perhaps more, and an output layer. */
    static MultiLayerNetwork net(
            Layer chain,
            DataType type,
            InputType input,
            Consumer<NeuralNetConfiguration.Builder> options,
            Layer... behind) {
        NeuralNetConfiguration.Builder base =
                new NeuralNetConfiguration.Builder().seed(7).dataType(type).updater(new Sgd(0.1));
        options.accept(base);
        NeuralNetConfiguration.ListBuilder list = base.list().layer(chain);
        for (Layer layer : behind) {
            list.layer(layer);
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(output()).setInputType(input).build());
        net.init();
        return net;
    }

    /** The same as a graph, the chain under its name. */
    static ComputationGraph graph(MultiLayerNetwork net, InputType input) {
        NeuralNetConfiguration chain =
                net.getLayerWiseConfigurations().getConf(0).clone();
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(chain.getSeed())
                .dataType(chain.getDataType())
                .updater(new Sgd(0.1))
                .graphBuilder()
                .addInputs("in")
                .addLayer(chain.getLayer().getLayerName(), chain.getLayer(), "in")
                .addLayer("output", output(), chain.getLayer().getLayerName())
                .setOutputs("output")
                .setInputTypes(input)
                .build());
        graph.init();
        graph.setParams(net.params().dup());
        return graph;
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build();
    }

    /** Examples of any shape. */
    static DataSet data(DataType type, long... shape) {
        long length = java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        INDArray x =
                Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 0, 1.7, length)).reshape('c', shape);
        return new DataSet(x.castTo(type), labels(type, (int) shape[0]));
    }

    static DataSet flatData(DataType type, int batch) {
        return new DataSet(
                input(type, batch)
                        .get(NDArrayIndex.all(), NDArrayIndex.point(0))
                        .dup('c'),
                labels(type, batch));
    }

    /** The flattened gradient of a training step. */
    static INDArray gradient(MultiLayerNetwork net, DataSet data) {
        net.initGradientsView();
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.setLayerMaskArrays(data.getFeaturesMaskArray(), null);
        net.computeGradientAndScore();
        net.clearLayerMaskArrays();
        return net.getFlattenedGradients().dup();
    }

    /** That gradients of some elements of every parameter are those of finite differences; the network needs DOUBLE and no updater. */
    static void assertGradients(MultiLayerNetwork net, DataSet data) {
        assertTrue(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                .net(net)
                .input(data.getFeatures())
                .labels(data.getLabels())
                .subset(true)
                .maxPerParam(8)
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-8)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                .exitOnFirstError(true)));
    }
}
