package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.Arena;
import org.revlayers.models.VisionTransformer;

/** What cannot work is refused with the invariant, the value and what to do. */
class BadInputTest {

    static Stream<Arguments> badConfigurations() {
        return Stream.of(
                bad("heads", () -> new TransformerBlock.Builder(3).mlp(12).build(), "heads that divide", "3 for 8"),
                bad("drop path", () -> LayerCase.block().dropPath(1).build(), "drop path", "[0, 1)", "1.0"),
                bad("negative drop path", () -> LayerCase.block().dropPath(-0.1).build(), "[0, 1)", "-0.1"),
                bad(
                        "attention heads",
                        () -> new MultiHeadSelfAttention.Builder(3).nOut(8).build(),
                        "heads that divide nOut",
                        "heads 3"),
                bad("MLP", () -> new TransformerMlp.Builder(0).nOut(8).build(), "hidden", "got 8, 0, 8"));
    }

    private static Arguments bad(String name, Supplier<? extends Layer> layer, String... words) {
        return Arguments.of(name, layer, words);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badConfigurations")
    void badConfigurationIsRefused(String name, Supplier<? extends Layer> layer, String[] words) {
        LayerCase layerCase = LayerCase.tokens(name, layer);
        says(assertThrows(IllegalStateException.class, layerCase::net), words);
        says(assertThrows(IllegalStateException.class, layerCase::net), LayerCase.TESTED);
    }

    private static void says(Throwable error, String... words) {
        for (String word : words) {
            assertTrue(error.getMessage().contains(word), () -> "\"" + word + "\" is not in: " + error.getMessage());
        }
    }

    @Test
    void imageSizeIsChecked() {
        MultiLayerNetwork net = VisionTransformer.builder()
                .size(VisionTransformer.Size.TI)
                .depth(1)
                .height(32)
                .width(32)
                .build()
                .init();
        says(
                assertThrows(IllegalArgumentException.class, () -> net.output(Nd4j.ones(DataType.FLOAT, 1, 3, 48, 32))),
                "[mb, 3, 32, 32]",
                "[1, 3, 48, 32]",
                "resize the images");
        says(
                assertThrows(
                        IllegalStateException.class,
                        () -> VisionTransformer.builder().height(40).build().init()),
                "multiples of the patch",
                "40 x 224",
                "resize");
    }

    @Test
    void inputTypeIsChecked() {
        LayerCase onImages = new LayerCase(
                "image",
                () -> java.util.List.of(LayerCase.block().build(), LayerCase.output()),
                InputType.convolutional(8, 8, 3));
        says(assertThrows(IllegalStateException.class, onImages::net), "tokens", "recurrent");
        LayerCase onTokens = new LayerCase(
                "tokens",
                () -> java.util.List.of(new PatchEmbedding.Builder(4).nOut(8).build(), LayerCase.output()),
                LayerCase.tokensIn());
        says(assertThrows(IllegalStateException.class, onTokens::net), "InputType.convolutional");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.revlayers.layers.LayerCase#onTokens")
    void wrongFeaturesAreRefusedAndNothingStaysLive(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        long live = Arena.current().liveBytes();
        INDArray x = Nd4j.ones(DataType.FLOAT, 2, LayerCase.TOKENS, 7);
        says(
                assertThrows(IllegalArgumentException.class, () -> net.output(x)),
                "6]",
                "got [2, 5, 7]",
                "TokensPreProcessor");
        INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 4);
        INDArray good = layerCase.data(2, 1).getFeatures();
        assertThrows(
                RuntimeException.class, () -> net.output(good, false, mask, null), "a mask for four of five tokens");
        net.clear();
        assertTrue(Arena.current().liveBytes() == live, "nothing stays live");
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    }
}
