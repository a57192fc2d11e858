package org.revlayers.convert;

import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.ComposableInputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.container.ContainerLayer;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TokensPreProcessor;

/**
 * The input types of sample arrays: whether the features (or channels) of {@code [mb, a, b]} and {@code [mb, a, b, c]} are on the first or the
 * last axis is what the preprocessors and layers that read them say; DL4J keeps no input type in a configuration.
 */
final class SampleTypes {

    private SampleTypes() {}

    /** The type of a network's input; null if nobody tells. */
    static InputType of(MultiLayerNetwork net, INDArray sample) {
        InputPreProcessor processor = net.getLayerWiseConfigurations().getInputPreProcess(0);
        List<Layer> layers = net.getLayerWiseConfigurations().getConfs().stream()
                .map(NeuralNetConfiguration::getLayer)
                .toList();
        return type(sample, processor == null ? last(layers, sample.rank()) : last(processor));
    }

    /** The types of a graph's inputs; null if nobody tells one of them. */
    static InputType[] of(ComputationGraph net, INDArray... samples) {
        GraphIndex graph = new GraphIndex(net.getConfiguration());
        InputType[] types = new InputType[samples.length];
        for (int i = 0; i < samples.length; i++) {
            int rank = samples[i].rank();
            Boolean last = graph
                    .readers(net.getConfiguration().getNetworkInputs().get(i))
                    .stream()
                    .map(reader -> last(graph, reader, rank))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            types[i] = type(samples[i], last);
            if (types[i] == null) {
                return null;
            }
        }
        return types;
    }

    /** @param last whether the features are on the last axis, or null */
    private static InputType type(INDArray x, Boolean last) {
        if (x.rank() == 2) {
            return InputType.feedForward(x.size(1));
        }
        if (last == null || x.rank() > 4) {
            return null;
        }
        if (x.rank() == 3) {
            return last
                    ? InputType.recurrent(x.size(2), x.size(1), RNNFormat.NWC)
                    : InputType.recurrent(x.size(1), x.size(2), RNNFormat.NCW);
        }
        return last
                ? InputType.convolutional(x.size(1), x.size(2), x.size(3), CNN2DFormat.NHWC)
                : InputType.convolutional(x.size(2), x.size(3), x.size(1), CNN2DFormat.NCHW);
    }

    private static Boolean last(GraphIndex graph, String vertex, int rank) {
        if (graph.vertex(vertex) instanceof PreprocessorVertex v) {
            return last(v.getPreProcessor());
        }
        if (graph.vertex(vertex) instanceof LayerVertex v) {
            return v.getPreProcessor() == null ? last(graph.layer(vertex), rank) : last(v.getPreProcessor());
        }
        return null;
    }

    private static Boolean last(InputPreProcessor processor) {
        if (processor instanceof ComposableInputPreProcessor all) {
            return last(all.getInputPreProcessors()[0]);
        }
        if (processor instanceof RnnToFeedForwardPreProcessor p) {
            return isLast(p.getRnnDataFormat());
        }
        if (processor instanceof CnnToFeedForwardPreProcessor p) {
            return isLast(p.getFormat());
        }
        return processor instanceof TokensPreProcessor ? false : null; // it makes NWC of NCW
    }

    /** What the first of these layers says; those that keep every layout are passed over. */
    private static Boolean last(Iterable<Layer> layers, int rank) {
        for (Layer layer : layers) {
            Boolean last = last(layer, rank);
            if (last != null || !(layer instanceof ActivationLayer || layer instanceof DropoutLayer)) {
                return last;
            }
        }
        return null;
    }

    private static Boolean last(Layer layer, int rank) {
        if (layer instanceof FrozenLayer frozen) {
            return last(frozen.getLayer(), rank);
        }
        if (layer instanceof BaseWrapperLayer wrapper) {
            return last(wrapper.getUnderlying(), rank);
        }
        if (layer instanceof Bidirectional both) {
            return last(both.getFwd(), rank);
        }
        if (layer instanceof ContainerLayer container) {
            return last(container.innerLayers().values(), rank);
        }
        if (layer instanceof TokenLayer) {
            return rank == 3; // tokens [mb, tokens, features], images [mb, channels, height, width]
        }
        return rank == 3 ? lastOfSequence(layer) : lastOfImage(layer);
    }

    private static Boolean lastOfSequence(Layer layer) {
        if (layer instanceof BaseRecurrentLayer l) {
            return isLast(l.getRnnDataFormat());
        }
        if (layer instanceof Convolution1DLayer l) {
            return isLast(l.getRnnDataFormat());
        }
        if (layer instanceof Subsampling1DLayer l) {
            return isLast(l.getCnn2dDataFormat());
        }
        if (layer instanceof RnnOutputLayer l) {
            return isLast(l.getRnnDataFormat());
        }
        return layer instanceof RnnLossLayer l ? isLast(l.getRnnDataFormat()) : null;
    }

    private static Boolean lastOfImage(Layer layer) {
        if (layer instanceof ConvolutionLayer l) {
            return isLast(l.getCnn2dDataFormat());
        }
        if (layer instanceof SubsamplingLayer l) {
            return isLast(l.getCnn2dDataFormat());
        }
        if (layer instanceof BatchNormalization l) {
            return isLast(l.getCnn2DFormat());
        }
        return layer instanceof ZeroPaddingLayer l ? isLast(l.getDataFormat()) : null;
    }

    private static Boolean isLast(RNNFormat format) {
        return format == null ? null : format == RNNFormat.NWC;
    }

    private static Boolean isLast(CNN2DFormat format) {
        return format == null ? null : format == CNN2DFormat.NHWC;
    }
}
