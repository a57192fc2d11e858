package org.revlayers.before.write;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.Lean;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.models.TextEncoder;
import org.revlayers.reversible.CoefficientSchedule;

/** Lists of layers that were converted. */
final class ConversionFiles {

    private ConversionFiles() {}

    static void write(Writer to) {
        to.network(
                "list-reversible",
                Lean.convert(Nets.netOnTokens(blocks(2)), moving()).network(),
                Nets.ON_TOKENS);
        reversible(to, "list-momentum", Memory.reversible(CoefficientSchedule.momentum(0.5)), blocks(2));
        reversible(to, "list-reversible-two-bit", moving().inside(Memory.approx()), blocks(2));
        reversible(to, "list-reversible-post", moving(), post());
        reversible(to, "list-reversible-shared", moving(), shared());
        reversible(to, "list-reversible-scaled", moving(), scaled(), scaled());
        MultiLayerNetwork text = text();
        to.network(
                "text-reversible-stem", Lean.convert(text, moving().stem(true)).network(), LayerFiles.ids());
        to.network("text-shared", Lean.convert(text, Memory.approx()).network(), LayerFiles.ids());
        to.network(
                "list-shared",
                Lean.convert(
                                net(Nets.with(
                                        blocks(2), new LayerNormalization.Builder().build(), ContainerFiles.mlp())),
                                Memory.sharedNorms())
                        .network(),
                Nets.ON_TOKENS);
        razors(to);
    }

    private static void razors(Writer to) {
        to.network(
                "list-razor",
                Lean.convert(Nets.netOnTokens(blocks(2)), razor().probabilities(true))
                        .network(),
                Nets.ON_TOKENS);
        Layer[] dense = {
            new DenseLayer.Builder().nIn(4).nOut(5).activation(Activation.RELU).build(),
            new DenseLayer.Builder().nOut(5).activation(Activation.GELU).build(),
            new BatchNormalization(),
            new DenseLayer.Builder().nOut(4).activation(Activation.TANH).build()
        };
        Layer[] all = Nets.with(dense, Nets.output());
        MultiLayerNetwork onRows = Nets.init(Nets.conf(DataType.FLOAT, InputType.feedForward(4), all));
        to.network("list-razor-dense", Lean.convert(onRows, razor()).network(), Batch.floats(4));
        Layer[] images = {
            Nets.convolution(3, Activation.IDENTITY),
            new BatchNormalization(),
            Nets.relu(),
            new SubsamplingLayer.Builder(new int[] {2, 2}, new int[] {2, 2}).build(),
            Nets.convolution(4, Activation.SWISH)
        };
        Memory options = razor().activations(ActivationMemory.FP16)
                .fill(RazorFill.ZERO)
                .stockHosts(true)
                .at("l4", Memory.razor(0.2).values(RazorValues.BF16))
                .at("l0", Memory.store());
        to.network(
                "list-razor-images",
                Lean.convert(Nets.init(Nets.onImages(images)), options).network(),
                Nets.ON_IMAGES);
    }

    static Memory moving() {
        return Memory.reversible(ChainFiles.moving().build());
    }

    static Memory razor() {
        return Memory.razor(0.5).values(RazorValues.FULL);
    }

    private static void reversible(Writer to, String name, Memory options, Layer... layers) {
        to.network(name, Lean.convert(net(layers), options).network(), Nets.ON_TOKENS);
    }

    private static MultiLayerNetwork net(Layer... layers) {
        return Nets.init(Nets.onTokens(layers));
    }

    private static Layer scaled() {
        return BlockFiles.block().layerScale(0.3).dropPath(0.2).build();
    }

    static Layer[] blocks(int n) {
        Layer[] blocks = new Layer[n];
        for (int i = 0; i < n; i++) {
            blocks[i] = BlockFiles.block().build();
        }
        return blocks;
    }

    private static Layer[] shared() {
        return new Layer[] {
            BlockFiles.block().memory(Memory.approx()).build(),
            BlockFiles.block().memory(Memory.approx()).build()
        };
    }

    private static Layer[] post() {
        return new Layer[] {
            BlockFiles.block().postNorm(true).build(),
            BlockFiles.block().postNorm(true).build()
        };
    }

    private static MultiLayerNetwork text() {
        return TextEncoder.builder()
                .vocabulary(9)
                .positions(8)
                .tokens(Nets.TOKENS)
                .features(Nets.FEATURES)
                .depth(2)
                .heads(2)
                .mlp(3)
                .classes(Batch.CLASSES)
                .updater(Nets.momentum())
                .build()
                .init();
    }
}
