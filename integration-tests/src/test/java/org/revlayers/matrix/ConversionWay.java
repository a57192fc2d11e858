package org.revlayers.matrix;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Razor;
import org.revlayers.convert.RazorOptions;
import org.revlayers.convert.RestMode;
import org.revlayers.convert.Reversify;
import org.revlayers.convert.ReversifyOptions;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** The ways to convert a network, and what is done alike with lists and graphs. */
enum ConversionWay {
    /** Chains at (1, 0): the plain function and its exact gradients. */
    CHECKPOINT(true, RestMode.STORE),
    CHECKPOINT_ALL(true, RestMode.CHECKPOINT),
    /** Chains at Dr²Net's start: another function, exact gradients of it. */
    REVERSE(false, RestMode.STORE),
    REVERSE_ALL(false, RestMode.CHECKPOINT),
    /** Sequences whose razor is off: the plain function and its exact gradients. */
    RAZOR_OFF(true, null),
    RAZOR(false, null);

    /** Whether the converted network computes what the plain one does, gradients too. */
    final boolean exact;

    private final RestMode rest;

    ConversionWay(boolean exact, RestMode rest) {
        this.exact = exact;
        this.rest = rest;
    }

    boolean chains() {
        return rest != null;
    }

    /** A converted network and its report. */
    record Converted(Model network, String report) {}

    /** @param inputs of a sample; none for no sample */
    Converted convert(Model net, INDArray... inputs) {
        INDArray[] sample = inputs.length == 0 ? null : inputs;
        if (chains()) {
            ReversifyOptions options = ReversifyOptions.builder()
                    .schedule(CoefficientSchedule.constant(1, exact ? 0 : 0.125))
                    .mode(exact ? ChainMode.CHECKPOINT : ChainMode.REVERSE)
                    .streams(!exact ? null : type(net) == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.FLOAT)
                    .rest(rest)
                    .minimumBlocks(1)
                    .sample(sample)
                    .build();
            var result = net instanceof MultiLayerNetwork list
                    ? Reversify.convert(list, options)
                    : Reversify.convert((ComputationGraph) net, options);
            return new Converted((Model) result.network(), result.report().toString());
        }
        RazorOptions options = RazorOptions.builder().sample(sample).build();
        var result = net instanceof MultiLayerNetwork list
                ? Razor.convert(list, options)
                : Razor.convert((ComputationGraph) net, options);
        Model converted = (Model) result.network();
        if (this == RAZOR_OFF) {
            for (Layer layer : layers(converted)) {
                if (layer.conf().getLayer() instanceof RazorSequence sequence) {
                    sequence.setThinning(null);
                }
            }
        }
        return new Converted(converted, result.report().toString());
    }

    /** The plain network again. */
    Model restore(Model net) {
        if (chains()) {
            return net instanceof MultiLayerNetwork list
                    ? Reversify.restore(list).network()
                    : Reversify.restore((ComputationGraph) net).network();
        }
        return net instanceof MultiLayerNetwork list ? Razor.restore(list) : Razor.restore((ComputationGraph) net);
    }

    static DataType type(Model net) {
        return net instanceof MultiLayerNetwork list
                ? list.getLayerWiseConfigurations().getDataType()
                : ((ComputationGraph) net).getConfiguration().getDataType();
    }

    static Layer[] layers(Model net) {
        return net instanceof MultiLayerNetwork list ? list.getLayers() : ((ComputationGraph) net).getLayers();
    }

    static Model copy(Model net) {
        return net instanceof MultiLayerNetwork list ? list.clone() : ((ComputationGraph) net).clone();
    }

    static void listen(Model net, org.deeplearning4j.optimize.api.TrainingListener listener) {
        if (net instanceof MultiLayerNetwork list) {
            list.setListeners(listener);
        } else {
            ((ComputationGraph) net).setListeners(listener);
        }
    }

    /** All outputs, one after another. */
    static INDArray[] output(Model net, boolean training, MultiDataSet data) {
        INDArray[] masks = data.getFeaturesMaskArrays();
        if (net instanceof MultiLayerNetwork list) {
            INDArray mask = masks == null ? null : masks[0];
            return new INDArray[] {
                list.output(data.getFeatures(0).dup(), training, mask, null).dup()
            };
        }
        INDArray[] features =
                Arrays.stream(data.getFeatures()).map(INDArray::dup).toArray(INDArray[]::new);
        return Arrays.stream(((ComputationGraph) net).output(training, features, masks, null))
                .map(INDArray::dup)
                .toArray(INDArray[]::new);
    }

    static void fit(Model net, MultiDataSet data) {
        if (net instanceof MultiLayerNetwork list) {
            INDArray[] masks = data.getFeaturesMaskArrays();
            INDArray[] labelMasks = data.getLabelsMaskArrays();
            list.fit(
                    data.getFeatures(0).dup(),
                    data.getLabels(0).dup(),
                    masks == null ? null : masks[0],
                    labelMasks == null ? null : labelMasks[0]);
        } else {
            ((ComputationGraph) net).fit(data.copy());
        }
    }
}
