package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.layers.TransformerMlp;
import org.revlayers.weights.SafetensorsWriter;
import org.revlayers.weights.TensorInfo;
import picocli.CommandLine;

/** {@code inspect} from its command line. Models are shown with 2^20 examples: then the MiB are the bytes of one example. */
class InspectCommandTest {

    private static final String MEBI = Integer.toString(1 << 20);

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(Path file, String... more) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        String[] arguments = new String[more.length + 2];
        arguments[0] = "inspect";
        arguments[1] = file.toString();
        System.arraycopy(more, 0, arguments, 2, more.length);
        return line.execute(arguments);
    }

    private Path saved(Model model) throws IOException {
        Path file = folder.resolve("model.zip");
        ModelSerializer.writeModel(model, file.toFile(), false);
        return file;
    }

    /** A row has this kind, these parameters and these bytes per example; its last column is returned. */
    private String assertRow(String name, String kind, long parameters, long bytes) {
        String row = out.toString()
                .lines()
                .filter(l -> l.startsWith(name + " "))
                .findFirst()
                .orElseThrow();
        String[] fields = row.split(" +", 5);
        assertArrayEquals(
                new String[] {name, kind, Long.toString(parameters), bytes + ".00"}, Arrays.copyOf(fields, 4), row);
        return fields[4];
    }

    private void assertFails(int code, String... words) {
        assertTrue(code != 0, out::toString);
        for (String w : words) {
            assertTrue(err.toString().contains(w), err::toString);
        }
        err.getBuffer().setLength(0);
    }

    private static OutputLayer output(int classes) {
        return new OutputLayer.Builder()
                .name("output")
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static MultiLayerNetwork vit() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new PatchEmbedding.Builder(4).name("embedding").nOut(8).build())
                .layer(new TransformerBlock.Builder(2)
                        .name("block")
                        .mlp(16)
                        .memory(Memory.approx())
                        .build())
                .layer(new TokenPooling.Builder(TokenPooling.Kind.CLASS_TOKEN)
                        .name("pooling")
                        .build())
                .layer(new LayerNormalization.Builder().name("norm").build())
                .layer(output(3))
                .setInputType(InputType.convolutional(8, 8, 3))
                .build());
        net.init();
        return net;
    }

    @Test
    void aMultiLayerNetworkOfRevlayersLayers() throws IOException {
        MultiLayerNetwork net = vit();
        assertEquals(0, run(saved(net), "--batch", MEBI), err::toString);
        // five tokens of eight features
        assertRow("embedding", "PatchEmbedding", 3 * 4 * 4 * 8 + 8 + 8 + 5 * 8, 4 * 40);
        int norms = 5 + 5 + 40 + 5; // statistics of the first; output and rstd of the second
        int attention = 3 * 40 + 40 + 2 * 5; // q, k, v; output; one number per head and token
        int hidden = 5 * 16;
        String kept = assertRow(
                "block",
                "TransformerBlock",
                8 * 24 + 24 + 8 * 8 + 8 + 8 * 16 + 16 + 16 * 8 + 8,
                4 * (norms + attention + hidden + 40) + hidden / 4);
        assertTrue(kept.startsWith("output, norm1 shared"), kept);
        assertTrue(kept.endsWith("mlp_hidden dense, mlp_code coded"), kept);
        assertRow("pooling", "TokenPooling", 0, 4 * 8);
        assertRow("norm", "LayerNormalization", 16, 4 * (8 + 2));
        assertRow("output", "OutputLayer", 8 * 3 + 3, 4 * 3);
        assertEquals(440 + 568 + 16 + 27, net.numParams());
        assertTrue(
                out.toString()
                        .endsWith("1051 parameters, 1644.0 MiB for backward in fp32 with batch 1048576" + " (predicted)"
                                + System.lineSeparator()),
                out::toString);
    }

    private double shown(Model model) throws IOException {
        out.getBuffer().setLength(0);
        assertEquals(0, run(saved(model), "--batch", MEBI), err::toString);
        String last = out.toString().lines().reduce((a, b) -> b).orElseThrow();
        return Double.parseDouble(last.replaceAll(".* parameters, ([0-9.]+) MiB for backward .*", "$1"));
    }

    /** Complaint: a saving that nobody can see in a tool (memcnn #37). */
    @Test
    void theSavingOfAConversionIsVisible() throws IOException {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .list()
                .layer(new PatchEmbedding.Builder(4).name("embedding").nOut(8).build());
        for (int i = 0; i < 6; i++) {
            list.layer(new TransformerBlock.Builder(2).name("block" + i).mlp(16).build());
        }
        MultiLayerNetwork plain =
                new MultiLayerNetwork(list.layer(new TokenPooling.Builder(TokenPooling.Kind.MEAN).build())
                        .layer(output(3))
                        .setInputType(InputType.convolutional(8, 8, 3))
                        .build());
        plain.init();
        double before = shown(plain);
        double after = shown(Lean.convert(plain, Memory.reversible()).network());
        assertTrue(after < before / 4, after + " MiB of " + before + " with side bits\n" + out);
        assertTrue(out.toString().contains("ReversibleChain"), out::toString);
    }

    @Test
    void aGraphWithASumIsShownInTheOrderOfItsForwardPass() throws IOException {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("tokens")
                .addLayer("output", output(2), "pooling")
                .addLayer("pooling", new TokenPooling.Builder(TokenPooling.Kind.MEAN).build(), "sum")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "mlp", "tokens")
                .addLayer("mlp", new TransformerMlp.Builder(6).build(), "tokens")
                .setOutputs("output")
                .setInputTypes(InputType.recurrent(4, 7, RNNFormat.NWC))
                .build());
        graph.init();
        Path file = saved(graph);
        assertEquals(0, run(file, "--batch", MEBI, "--tokens", "3"), err::toString);
        String names = out.toString()
                .lines()
                .map(l -> l.split(" ")[0])
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
        assertEquals("layer mlp sum pooling output 68", names);
        String kept = assertRow("mlp", "TransformerMlp", 4 * 6 + 6 + 6 * 4 + 4, 4 * 3 * (4 + 6 + 6));
        assertEquals("output, input shared, mlp_pre dense, mlp_hidden dense", kept);
        assertEquals("output", assertRow("sum", "ElementWiseVertex", 0, 4 * 3 * 4));
        assertRow("pooling", "TokenPooling", 0, 4 * 4);
        assertRow("output", "OutputLayer", 4 * 2 + 2, 4 * 2);
        assertTrue(out.toString().contains("68 parameters, 264.0 MiB"), out::toString);

        out.getBuffer().setLength(0);
        assertEquals(0, run(file, "--batch", MEBI, "--input", "5,4"), err::toString);
        assertRow("sum", "ElementWiseVertex", 0, 4 * 5 * 4);

        assertFails(run(file, "--input", "5,6"), "the layer behind \"tokens\" reads", "leave --input out");
    }

    @ParameterizedTest
    @EnumSource(CNN2DFormat.class)
    void aGraphOfStockLayersNeedsTheInputsShape(CNN2DFormat format) throws IOException {
        ConvolutionLayer convolution = new ConvolutionLayer.Builder(3, 3)
                .nOut(3)
                .convolutionMode(ConvolutionMode.Same)
                .dataFormat(format)
                .build();
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("image")
                .addLayer("convolution", convolution, "image")
                .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "convolution", "image")
                .addLayer("pooling", new GlobalPoolingLayer.Builder().build(), "sum")
                .addLayer("output", output(2), "pooling")
                .setOutputs("output")
                .setInputTypes(InputType.convolutional(9, 7, 3, format))
                .build());
        graph.init();
        Path file = saved(graph);
        assertEquals(0, run(file, "--batch", MEBI, "--input", "3,8,5"), err::toString);
        assertRow("convolution", "ConvolutionLayer", 3 * 3 * 3 * 3 + 3, 4 * 3 * 8 * 5);
        assertRow("sum", "ElementWiseVertex", 0, 4 * 3 * 8 * 5);
        assertRow("pooling", "GlobalPoolingLayer", 0, 4 * 3);
        assertRow("output", "OutputLayer", 3 * 2 + 2, 4 * 2);
        assertTrue(out.toString().contains("92 parameters, 980.0 MiB"), out::toString);

        assertFails(run(file), "the layer behind \"image\" does not tell", "--input 3,224,224");
        assertFails(run(file, "--input", "3,8"), "the model cannot read");
    }

    @Test
    void everyInputOfAGraphOrNone() throws IOException {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .graphBuilder()
                .addInputs("a", "b")
                .addVertex("both", new MergeVertex(), "a", "dense")
                .addLayer("dense", new DenseLayer.Builder().nOut(5).build(), "b")
                .addLayer("output", output(2), "both")
                .setOutputs("output")
                .setInputTypes(InputType.feedForward(3), InputType.feedForward(4))
                .build());
        graph.init();
        Path file = saved(graph);
        assertEquals(0, run(file, "--batch", MEBI, "--input", "3", "--input", "4"), err::toString);
        assertRow("dense", "DenseLayer", 4 * 5 + 5, 4 * 5);
        assertRow("both", "MergeVertex", 0, 4 * 8);
        assertRow("output", "OutputLayer", 8 * 2 + 2, 4 * 2);
        assertFails(run(file, "--input", "3"), "once per input", "[a, b]");
        assertFails(run(file), "the layer behind \"a\" does not tell");
    }

    @Test
    void aWeightsFileIsListed() throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("patch_embed.proj.weight", Nd4j.rand(64, 3, 16, 16));
        tensors.put("blocks.0.attn.qkv.weight", Nd4j.rand(192, 64));
        Path file = folder.resolve("vit.safetensors");
        SafetensorsWriter.write(file, tensors, TensorInfo.Type.F16, Map.of());
        assertEquals(0, run(file), err::toString);
        String table = out.toString().replaceAll(" +", " ");
        assertTrue(table.contains("patch_embed.proj.weight F16 [64, 3, 16, 16] 98304"), table);
        assertTrue(table.contains("blocks.0.attn.qkv.weight F16 [192, 64] 24576"), table);
        assertTrue(
                table.contains("2 tensors, 0.1 MiB, a ViT with timm names (finetune --model vit)"), table); // 122,880
    }

    @Test
    void errorsNameTheRemedy() throws IOException {
        Path none = folder.resolve("none.zip");
        assertEquals(1, run(none));
        assertFails(1, "there is no file " + none);

        Path zip = folder.resolve("other.zip");
        write(zip, "readme.txt", "hello");
        assertFails(run(zip), "other.zip: is a zip file without configuration.json");

        write(zip, "configuration.json", "{}");
        assertFails(run(zip), "of neither a MultiLayerNetwork nor a ComputationGraph");

        Path model = saved(vit());
        assertFails(run(model, "--input", "3,16,16"), "the layer behind the input reads", "leave --input out");
        assertEquals(2, run(model, "--batch", "0"));
        assertFails(2, "--batch and --tokens must be at least 1");
        for (String bad : new String[] {"3,x", "0,4", "1,2,3,4,5", "-1", "3,"}) {
            assertEquals(2, run(model, "--input", bad), bad);
            assertFails(2, "CHANNELS,HEIGHT,WIDTH, for instance 3,224,224; got " + bad);
        }
    }

    @Test
    void aShapeThatTheModelCannotReadIsAnError() throws IOException {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new ConvolutionLayer.Builder(5, 5)
                        .nOut(2)
                        .name("convolution")
                        .build())
                .layer(output(2))
                .setInputType(InputType.convolutional(8, 8, 3))
                .build());
        net.init();
        Path file = saved(net);
        assertEquals(0, run(file, "--batch", MEBI, "--input", "3,8,8"), err::toString);
        assertRow("convolution", "ConvolutionLayer", 5 * 5 * 3 * 2 + 2, 4 * 2 * 4 * 4);
        assertFails(run(file, "--input", "3,8"), "the model cannot read", "give the shape of an example with --input");
        assertFails(run(file, "--input", "3,4,4"), "the model cannot read");
        assertFails(run(file), "the layer behind the input does not tell");
    }

    private static void write(Path zip, String name, String text) throws IOException {
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream entries = new ZipOutputStream(file)) {
            entries.putNextEntry(new ZipEntry(name));
            entries.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }
}
