package org.revlayers;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** Small vision transformers of which some blocks are trained, and batches for them. */
final class ReprogrammedVit {

    static final int BLOCKS = 6;
    static final int SIDE = 32;
    static final int TOKENS = 17;
    private static final int BATCH = 4;

    private ReprogrammedVit() {}

    static Map<String, Layer> layers(boolean classToken, TokenPooling.Kind pooling, DataType type) {
        Map<String, Layer> layers = new LinkedHashMap<>();
        layers.put(
                "embedding",
                new PatchEmbedding.Builder(8).nOut(16).classToken(classToken).build());
        for (int i = 0; i < BLOCKS; i++) {
            layers.put("block" + i, new TransformerBlock.Builder(2).mlp(32).build());
        }
        layers.put("norm", new LayerNormalization.Builder().build());
        layers.put("pooling", new TokenPooling.Builder(pooling).build());
        layers.put(
                "output",
                new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build());
        layers.forEach((name, layer) -> layer.setLayerName(name));
        return layers;
    }

    static NeuralNetConfiguration.Builder base(DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .updater(new Adam(1e-2))
                .dataType(type);
    }

    static MultiLayerNetwork line(DataType type, boolean classToken, TokenPooling.Kind pooling) {
        NeuralNetConfiguration.ListBuilder list = base(type).list();
        layers(classToken, pooling, type).values().forEach(list::layer);
        MultiLayerNetwork net = new MultiLayerNetwork(
                list.setInputType(InputType.convolutional(SIDE, SIDE, 3)).build());
        net.init();
        return net;
    }

    static MultiLayerNetwork line() {
        return line(DataType.FLOAT, true, TokenPooling.Kind.CLASS_TOKEN);
    }

    static ComputationGraph graph() {
        ComputationGraphConfiguration.GraphBuilder builder =
                base(DataType.FLOAT).graphBuilder().addInputs("in");
        String before = "in";
        for (Map.Entry<String, Layer> layer :
                layers(true, TokenPooling.Kind.CLASS_TOKEN, DataType.FLOAT).entrySet()) {
            builder.addLayer(layer.getKey(), layer.getValue(), before);
            before = layer.getKey();
        }
        ComputationGraph net = new ComputationGraph(builder.setOutputs(before)
                .setInputTypes(InputType.convolutional(SIDE, SIDE, 3))
                .build());
        net.init();
        return net;
    }

    static DataSet batch(DataType type) {
        Nd4j.getRandom().setSeed(7);
        INDArray labels = Nd4j.zeros(type, BATCH, 3);
        for (int i = 0; i < BATCH; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        return new DataSet(Nd4j.randn(type, BATCH, 3, SIDE, SIDE), labels);
    }

    static Reprogrammed<? extends Model> converted(Model net, ReprogramOptions options) {
        return net instanceof MultiLayerNetwork line
                ? Reprogram.convert(line, options)
                : Reprogram.convert((ComputationGraph) net, options);
    }

    static void fit(Model net, DataSet batch) {
        if (net instanceof MultiLayerNetwork line) {
            line.fit(batch);
        } else {
            ((ComputationGraph) net).fit(batch);
        }
    }

    static INDArray output(Model net, INDArray x) {
        return net instanceof MultiLayerNetwork line ? line.output(x) : ((ComputationGraph) net).output(x)[0];
    }

    static Stream<Model> networks() {
        return Stream.of(line(), graph());
    }

    static Map<String, INDArray> copies(Model net, String... names) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        for (String name : names) {
            Lean.parameters(net, name).forEach((own, p) -> copies.put(name + "/" + own, p.dup()));
        }
        return copies;
    }

    static String[] names(int... blocks) {
        return Arrays.stream(blocks).mapToObj(i -> "block" + i).toArray(String[]::new);
    }
}
