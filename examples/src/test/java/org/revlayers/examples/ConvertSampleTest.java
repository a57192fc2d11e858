package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;

/** What {@code convert} compares outputs and predicted memory on: a batch of what the model tells, or of what {@code --input} says. */
class ConvertSampleTest {

    private static final Pattern DIFFERENCE = Pattern.compile(
            "output difference on the sample: (\\S+) at \\(1, 0\\), (\\S+) at the start coefficients, of outputs up to (\\S+)");
    private static final Pattern MEMORY =
            Pattern.compile("predicted for backward: (\\S+) MiB before, (\\S+) MiB after");

    @TempDir
    private Path folder;

    /** The command as the README has it, and more. */
    private CommandRun convert(Model model, String... more) throws IOException {
        Path in = folder.resolve("model.zip");
        ModelSerializer.writeModel(model, in.toFile(), true);
        List<String> all = new ArrayList<>(List.of("convert", "--in", in.toString(), "--method", "reversible"));
        all.addAll(List.of("--out", folder.resolve("converted.zip").toString()));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(String[]::new));
    }

    /** The sample is named, and differences and memory are those of a conversion that keeps less. */
    private static void assertCompares(String sample, CommandRun run) {
        assertEquals(0, run.code(), run::err);
        assertEquals("sample: " + sample, run.line("sample"));
        Matcher difference = DIFFERENCE.matcher(run.line("output difference"));
        assertTrue(difference.matches(), run::out);
        double plain = Double.parseDouble(difference.group(1));
        double largest = Double.parseDouble(difference.group(3));
        assertTrue(largest > 0 && plain <= 1e-4 * largest, run::out); // at (1, 0) only kernels differ
        assertTrue(Double.parseDouble(difference.group(2)) > 1e-4 * largest, run::out); // β = 1/8 is another function
        Matcher memory = MEMORY.matcher(run.line("predicted"));
        assertTrue(memory.matches(), run::out);
        assertTrue(Double.parseDouble(memory.group(2)) < Double.parseDouble(memory.group(1)), run::out);
    }

    @Test
    void imagesOfTheSizeThatAPatchEmbeddingKnows() throws IOException {
        assertCompares("random values of shape [2, 3, 32, 32]", convert(SmallModels.vit()));
        assertCompares("random values of shape [5, 3, 32, 32]", convert(SmallModels.vit(), "--batch", "5"));
    }

    @Test
    void tokenIdsBelowTheVocabularyOfAnEmbedding() throws IOException {
        assertCompares("random token ids below 50 of shape [2, 8]", convert(SmallModels.encoder()));
        assertCompares(
                "random token ids below 50 of shape [2, 11]", convert(SmallModels.encoder(), "--input", "11")); // known
        assertCompares(
                "random token ids below 7 of shape [2, 12]", convert(SmallModels.encoder(), "--input", "ids:12,7"));
        CommandRun wrong = convert(SmallModels.encoder(), "--input", "ids:13,50");
        assertEquals(1, wrong.code());
        assertTrue(
                wrong.err().contains("the model cannot read random token ids below 50 of shape [2, 13]")
                        && wrong.err().contains("at most 12 tokens"),
                wrong::err);
    }

    @Test
    void imagesOfAUsualSizeWhereTheFileDoesNotTellOne() throws IOException {
        Model net = SmallModels.residual(10, 3, 3, new Adam(1e-3));
        assertCompares(
                "random values of shape [2, 2, 224, 224] (the file does not tell the images' size: --input"
                        + " 2,HEIGHT,WIDTH sets another)",
                convert(net));
        assertCompares("random values of shape [2, 2, 60, 80]", convert(net, "--input", "2,60,80"));
    }

    @Test
    void imagesOfTheOnlySizeThatFits() throws IOException {
        CommandRun run = convert(SmallModels.flattened(37), "--batch", "4");
        assertCompares(
                "random values of shape [4, 2, 37, 37] (the file does not tell the images' size: --input"
                        + " 2,HEIGHT,WIDTH sets another)",
                run);
        CommandRun wrong = convert(SmallModels.flattened(12), "--input", "2,12,11");
        assertEquals(1, wrong.code());
        assertTrue(
                wrong.err().contains("the model cannot read random values of shape [2, 2, 12, 11], as --input says"),
                wrong::err);
    }

    @Test
    void imagesWithChannelsLast() {
        SampleBatch sample = SampleBatch.of(SmallModels.channelsLast(9), List.of(), 2);
        assertArrayEquals(new long[] {2, 224, 224, 2}, sample.arrays()[0].shape());
        SampleBatch given =
                SampleBatch.of(SmallModels.channelsLast(9), List.of(new GivenInput.Converter().convert("2,8,6")), 3);
        assertArrayEquals(new long[] {3, 8, 6, 2}, given.arrays()[0].shape());
    }

    private static MultiLayerNetwork blocks(RNNFormat format) {
        NeuralNetConfiguration.ListBuilder list =
                new NeuralNetConfiguration.Builder().seed(5).list();
        for (int i = 0; i < 2; i++) {
            list.layer(new TransformerBlock.Builder(2).mlp(32).build());
        }
        MultiLayerNetwork net =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(new OutputLayer.Builder()
                                .nOut(2)
                                .activation(Activation.SOFTMAX)
                                .build())
                        .setInputType(InputType.recurrent(16, 40, format))
                        .build());
        net.init();
        return net;
    }

    /** DL4J's own order of sequences, too, with the same memory predicted. */
    @Test
    void sequencesInBothOrders() throws IOException {
        String open = " (the model reads any number of tokens: --input TOKENS,16 sets another)";
        CommandRun last = convert(blocks(RNNFormat.NWC));
        assertCompares("random values of shape [2, 196, 16]" + open, last);
        CommandRun first = convert(blocks(RNNFormat.NCW));
        assertCompares("random values of shape [2, 16, 196]" + open, first);
        assertEquals(last.line("predicted"), first.line("predicted"));
        assertCompares("random values of shape [2, 16, 90]", convert(blocks(RNNFormat.NCW), "--input", "90,16"));
    }

    private static SampleBatch sample(NeuralNetConfiguration.ListBuilder list, InputType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(list.setInputType(type).build());
        net.init();
        return SampleBatch.of(net, List.of(), 2);
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build();
    }

    @Test
    void whatStockLayersTell() {
        NeuralNetConfiguration.Builder conf = new NeuralNetConfiguration.Builder();
        RnnOutputLayer rnnOutput = new RnnOutputLayer.Builder()
                .nOut(2)
                .activation(Activation.SOFTMAX)
                .build();
        assertEquals(
                "random values of shape [2, 7]",
                sample(
                                conf.list()
                                        .layer(new DenseLayer.Builder().nOut(3).build())
                                        .layer(output()),
                                InputType.feedForward(7))
                        .words());
        assertEquals(
                "random values of shape [2, 5, 196] (the model reads any number of tokens: --input TOKENS,5 sets another)",
                sample(
                                conf.list()
                                        .layer(new LSTM.Builder().nOut(3).build())
                                        .layer(rnnOutput.clone()),
                                InputType.recurrent(5, 9))
                        .words());
        assertEquals(
                "random values of shape [2, 108]", // rows of pixels
                sample(
                                conf.list()
                                        .layer(new ConvolutionLayer.Builder(3, 3)
                                                .nOut(2)
                                                .build())
                                        .layer(output()),
                                InputType.convolutionalFlat(6, 6, 3))
                        .words());
        SampleBatch ids = sample(
                conf.list()
                        .layer(new EmbeddingSequenceLayer.Builder()
                                .nIn(11)
                                .nOut(4)
                                .inputLength(6)
                                .inferInputLength(false)
                                .build())
                        .layer(rnnOutput.clone()),
                InputType.recurrent(11, 6)); // as DL4J wants it: an embedding's size is its vocabulary
        assertEquals("random token ids below 11 of shape [2, 6]", ids.words());
        for (double id : ids.arrays()[0].ravel().toDoubleVector()) {
            assertTrue(id == Math.rint(id) && id >= 0 && id < 11, () -> "no id: " + id);
        }
    }

    /** A merge tells nothing: the report says so, and what to do. */
    @Test
    void anInputThatNothingTellsOf() throws IOException {
        ComputationGraph graph = SmallModels.residual(10, 3, 3, new Adam(1e-3));
        SampleBatch none = SampleBatch.of(merged(), List.of(), 2);
        assertEquals(null, none.arrays());
        assertTrue(
                none.words().contains("the layer behind a does not tell the input's shape. Give it with --input"),
                none::words);
        List<GivenInput> both = List.of(new GivenInput(new long[] {3}, 0), new GivenInput(new long[] {4}, 0));
        assertEquals(
                "random values of shape [2, 3], random values of shape [2, 4]",
                SampleBatch.of(merged(), both, 2).words());
        CommandRun twice = convert(graph, "--input", "2,8,8", "--input", "2,8,8");
        assertEquals(1, twice.code());
        assertTrue(twice.err().contains("once per input of the model, in this order: [image]; got 2"), twice::err);
        for (String bad : List.of("ids:5", "ids:0,4", "ids:5,0", "ids:3,4,5", "ids:x,3", "3,x")) {
            CommandRun run = convert(graph, "--input", bad);
            assertEquals(2, run.code(), bad);
            assertTrue(run.err().contains("got " + bad), run::err);
        }
        assertFalse(folder.resolve("converted.zip").toFile().exists());
    }

    private static ComputationGraph merged() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("a", "b")
                .addVertex("both", new MergeVertex(), "a", "b")
                .addLayer("output", output(), "both")
                .setOutputs("output")
                .setInputTypes(InputType.feedForward(3), InputType.feedForward(4))
                .build());
        graph.init();
        return graph;
    }
}
