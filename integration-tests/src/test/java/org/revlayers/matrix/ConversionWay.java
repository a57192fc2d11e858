package org.revlayers.matrix;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.Lean;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** The ways to convert a network, and what is done alike with lists and graphs. */
enum ConversionWay {
    /** Chains at (1, 0): the plain function and its exact gradients. */
    CHECKPOINT(true, true, null),
    CHECKPOINT_ALL(true, true, Memory.checkpoint()),
    /** Chains at Dr²Net's start: another function, exact gradients of it. */
    REVERSE(false, true, null),
    REVERSE_ALL(false, true, Memory.checkpoint()),
    /** Sequences whose razor is off: the plain function and its exact gradients. */
    RAZOR_OFF(true, false, null),
    /** The same on a disk. */
    OFFLOAD(true, false, null),
    RAZOR(false, false, null),
    /** Batch normalisations with frozen statistics: the plain function in inference, exact gradients of another training. */
    IN_PLACE(false, false, Memory.store()),
    /** The plain function, gradients at values rounded to 16 bits. */
    HALF(false, false, null),
    /** The same to 8 bits. */
    INT8(false, false, null);

    /** Whether the converted network computes what the plain one does, gradients too. */
    final boolean exact;

    private final Memory rest;
    private final boolean chains;

    ConversionWay(boolean exact, boolean chains, Memory rest) {
        this.exact = exact;
        this.chains = chains;
        this.rest = rest;
    }

    /** Whether outputs in inference are those of the plain network. */
    boolean keepsOutputs() {
        return exact || this == IN_PLACE;
    }

    boolean chains() {
        return chains;
    }

    /** Whether a network has nothing for this way to convert. */
    boolean refuses(NamedNetwork net) {
        boolean noRun = net.is(NamedNetwork.Trait.NO_RAZOR);
        return chains ? net.is(NamedNetwork.Trait.NO_CHAIN) && (rest == null || noRun) : noRun;
    }

    /** A converted network and its report. */
    record Converted(Model network, String report) {}

    /** @param inputs of a sample; none for no sample */
    Converted convert(Model net, INDArray... inputs) {
        Sample sample = inputs.length == 0 ? null : Sample.of(inputs);
        Memory memory =
                switch (this) {
                    case RAZOR_OFF -> Memory.store();
                    case OFFLOAD -> Memory.offload();
                    case RAZOR -> Memory.razor(0.9);
                    case IN_PLACE -> Memory.inPlace().otherwise(rest);
                    case HALF -> Memory.half();
                    case INT8 -> Memory.int8();
                    default -> chains(net);
                };
        Conversion<?> result = net instanceof MultiLayerNetwork list
                ? Lean.convert(list, memory, sample)
                : Lean.convert((ComputationGraph) net, memory, sample);
        return new Converted((Model) result.network(), result.report().toString());
    }

    private Memory chains(Model net) {
        return Memory.reversible(CoefficientSchedule.constant(1, exact ? 0 : 0.125))
                .mode(exact ? ChainMode.CHECKPOINT : ChainMode.REVERSE)
                .streams(!exact ? null : type(net) == DataType.DOUBLE ? StreamType.DOUBLE : StreamType.FLOAT)
                .atLeast(1)
                .otherwise(rest);
    }

    /** The plain network again. */
    Model restore(Model net) {
        return net instanceof MultiLayerNetwork list ? Lean.restore(list) : Lean.restore((ComputationGraph) net);
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
