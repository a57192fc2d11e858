package org.revlayers.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.layers.TokenEmbedding;

/**
 * What the layers behind a network's inputs tell about them, from the configuration alone: DL4J does not save the types that a network was
 * built with.
 *
 * @param names   of the inputs, in order
 * @param readers of each input and each layer, by its name
 */
record ModelInputs(List<String> names, Map<String, List<Reader>> readers) {

    /** As inspect takes them where a model reads any number. */
    private static final long TOKENS = 196;

    private static final String INPUT = "the input";

    /**
     * A layer and what stands in front of it.
     *
     * @param name   of the layer in the network
     * @param before may be null
     */
    record Reader(String name, Layer layer, InputPreProcessor before) {}

    static ModelInputs of(Model model) {
        return model instanceof MultiLayerNetwork net
                ? of(net.getLayerWiseConfigurations())
                : of(((ComputationGraph) model).getConfiguration());
    }

    private static ModelInputs of(MultiLayerConfiguration conf) {
        Map<String, List<Reader>> readers = new java.util.HashMap<>();
        for (int i = 0; i < conf.getConfs().size(); i++) {
            readers.put(
                    i == 0 ? INPUT : Integer.toString(i - 1),
                    List.of(new Reader(Integer.toString(i), conf.getConf(i).getLayer(), conf.getInputPreProcess(i))));
        }
        return new ModelInputs(List.of(INPUT), readers);
    }

    private static ModelInputs of(ComputationGraphConfiguration conf) {
        Map<String, List<Reader>> readers = new java.util.HashMap<>();
        conf.getVertexInputs().forEach((name, from) -> {
            if (conf.getVertices().get(name) instanceof LayerVertex v) {
                from.forEach(source -> readers.computeIfAbsent(source, any -> new ArrayList<>())
                        .add(new Reader(name, v.getLayerConf().getLayer(), v.getPreProcessor())));
            }
        });
        return new ModelInputs(conf.getNetworkInputs(), readers);
    }

    /** What is known about an input; null if nothing is. */
    SampleInput told(String source) {
        List<Reader> all = readers.getOrDefault(source, List.of());
        for (Reader reader : all) {
            SampleInput told = told(InputShapes.innermost(reader.layer()), reader.before());
            if (told != null) {
                return told;
            }
        }
        for (Reader reader : all) {
            SampleInput behind = reader.before() == null ? told(reader.name()) : null;
            if (behind != null && passesOn(reader.layer(), behind)) {
                return behind;
            }
        }
        return null;
    }

    private static SampleInput told(Layer layer, InputPreProcessor before) {
        InputType type = new InputShapes(List.of(), TOKENS, CNN2DFormat.NCHW).told(layer, before);
        if (type != null) {
            return SampleInput.of(type, vocabulary(layer));
        }
        boolean images = layer instanceof ConvolutionLayer
                && !(layer instanceof Convolution1DLayer)
                && !(layer instanceof Convolution3D);
        return images && before == null
                ? SampleInput.images(
                        ((ConvolutionLayer) layer).getNIn(), ((ConvolutionLayer) layer).getCnn2dDataFormat())
                : null;
    }

    private static long vocabulary(Layer layer) {
        if (layer instanceof TokenEmbedding t) {
            return t.getVocabulary();
        }
        return layer instanceof EmbeddingLayer || layer instanceof EmbeddingSequenceLayer
                ? ((FeedForwardLayer) layer).getNIn()
                : 0;
    }

    /** Whether a layer reads what it gives, but for the size of images if that is open. */
    private static boolean passesOn(Layer layer, SampleInput output) {
        return layer instanceof ActivationLayer
                || layer instanceof DropoutLayer
                || layer instanceof BatchNormalization
                || !output.sized() && (layer instanceof ZeroPaddingLayer || layer instanceof SubsamplingLayer);
    }

    /** Whether inputs of these types go through the network as far as shapes tell: where images become rows, of the length that weights have. */
    static boolean fits(Model model, InputType... types) {
        try {
            return model instanceof MultiLayerNetwork net
                    ? fits(net.getLayerWiseConfigurations(), types[0])
                    : fits(((ComputationGraph) model).getConfiguration().clone(), types);
        } catch (RuntimeException e) {
            return false; // DL4J's layers refuse a size in many ways
        }
    }

    private static boolean fits(MultiLayerConfiguration conf, InputType input) {
        InputType type = input;
        for (int i = 0; i < conf.getConfs().size(); i++) {
            InputPreProcessor before = conf.getInputPreProcess(i);
            if (!fits(before, type)) {
                return false;
            }
            type = conf.getConf(i).getLayer().getOutputType(i, before == null ? type : before.getOutputType(type));
        }
        return true;
    }

    private static boolean fits(ComputationGraphConfiguration conf, InputType... types) {
        Map<String, InputType> outputs = conf.getLayerActivationTypes(true, false, types);
        return conf.getVertices().entrySet().stream()
                .allMatch(e -> !(e.getValue() instanceof LayerVertex v)
                        || fits(
                                v.getPreProcessor(),
                                outputs.get(
                                        conf.getVertexInputs().get(e.getKey()).get(0))));
    }

    private static boolean fits(InputPreProcessor before, InputType type) {
        return !(before instanceof CnnToFeedForwardPreProcessor p)
                || type instanceof InputType.InputTypeConvolutional c
                        && c.getHeight() == p.getInputHeight()
                        && c.getWidth() == p.getInputWidth()
                        && c.getChannels() == p.getNumChannels();
    }
}
