package org.revlayers.parallel;

import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.Lean;
import org.revlayers.MemoryPlanner;
import org.revlayers.Reprogram;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.keep.Memory;
import org.revlayers.models.VisionTransformer;
import org.revlayers.plan.Exactness;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** Every way to convert a network, as a list and as a graph; small, and of FLOAT, which exact streams are for. */
final class LeanNetworks {

    private static final IUpdater UPDATER = new Adam(1e-3);
    private static final int SIDE = 16;

    /** What chains have. */
    private static final Map<String, CoefficientSchedule> SCHEDULES = Map.of(
            "constant", CoefficientSchedule.constant(1, 0.125),
            "over steps", CoefficientSchedule.over(6),
            "linear", CoefficientSchedule.linear(1, 0.125, 0.5, 0.5, 4),
            "sampled", CoefficientSchedule.sampled(16, 4, i -> new double[] {1 - i / 8.0, (1 + i) / 8.0}),
            "pair form", CoefficientSchedule.constant(0, 1),
            "momentum", CoefficientSchedule.momentum(0.875),
            "two-step", CoefficientSchedule.twoStep(0.5),
            "random signs", CoefficientSchedule.randomSigns(0.125));

    static final IntFunction<DataSet> BATCHES = Replicated.batches(DataType.FLOAT, 3, SIDE, SIDE);

    private LeanNetworks() {}

    static Stream<Replicated> all() {
        return Stream.of(schedules(), memories(), images(), others(), NestedNetworks.all())
                .flatMap(s -> s);
    }

    private static Stream<Replicated> schedules() {
        return SCHEDULES.entrySet().stream().sorted(Map.Entry.comparingByKey()).flatMap(e -> {
            Memory memory = Memory.reversible(e.getValue());
            return Stream.of(
                    tokens("list, reversible, " + e.getKey(), false, memory),
                    tokens("graph, reversible, " + e.getKey(), true, memory));
        });
    }

    private static Stream<Replicated> memories() {
        CoefficientSchedule over = CoefficientSchedule.over(6);
        Map<String, Memory> memories = Map.ofEntries(
                Map.entry("reversible, stored", Memory.reversible(over).mode(ChainMode.STORE)),
                Map.entry("reversible, checkpointed", Memory.reversible(over).mode(ChainMode.CHECKPOINT)),
                Map.entry("reversible, float", Memory.reversible(over).streams(StreamType.FLOAT)),
                Map.entry("reversible, razor inside", Memory.parse("reversible=stored+razor")),
                Map.entry("reversible, on a disk", Memory.reversible(over).onDisk(true)),
                Map.entry("recompute", Memory.recompute()),
                Map.entry("approx", Memory.approx()),
                Map.entry("shared norms", Memory.sharedNorms()),
                Map.entry("razor", Memory.razor(0.9)),
                Map.entry("half", Memory.half()),
                Map.entry("int8", Memory.int8()),
                Map.entry("checkpoint", Memory.checkpoint()),
                Map.entry("checkpoint, on a disk", Memory.checkpoint().onDisk(true)),
                Map.entry("offload", Memory.offload()));
        return memories.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> tokens("list, " + e.getKey(), false, e.getValue()));
    }

    private static Stream<Replicated> images() {
        CoefficientSchedule over = CoefficientSchedule.over(6);
        Map<String, Memory> memories = Map.of(
                "reversible", Memory.reversible(over),
                "reversible, random signs", Memory.reversible(CoefficientSchedule.randomSigns(0.125)),
                "razor", Memory.razor(0.9),
                "half", Memory.half(),
                "int8", Memory.int8(),
                "checkpoint", Memory.checkpoint(),
                "in-place", Memory.inPlace(),
                "in-place, leaky", Memory.inPlace(0.01),
                "offload", Memory.offload());
        return memories.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> pictures("graph of images, " + e.getKey(), () ->
                        (Model) Lean.convert(residual(), e.getValue()).network()));
    }

    private static Stream<Replicated> others() {
        ReprogramOptions bsr = ReprogramOptions.builder().train(2).dropAt(1, 2).build();
        ReprogramOptions open =
                ReprogramOptions.builder().train(2).dropAt(1).frozen(null).build();
        return Stream.of(
                pictures("list, tokens dropped", () -> Reprogram.convert(vit(), bsr)
                        .network()),
                pictures("graph, tokens dropped", () -> Reprogram.convert(vitGraph(), bsr)
                        .network()),
                pictures("list, tokens dropped, reversible", () -> Lean.convert(
                                Reprogram.convert(vit(), open).network(),
                                Memory.reversible(CoefficientSchedule.over(6)).otherwise(Memory.checkpoint()))
                        .network()),
                pictures("list, planned, exact", () -> planned(vit(), Exactness.SAME_FUNCTION)),
                pictures("list, planned, new function", () -> planned(vit(), Exactness.NEW_FUNCTION)),
                pictures("graph, planned, exact", () -> planned(residual(), Exactness.SAME_FUNCTION)),
                pictures("graph, planned, approximate", () -> planned(residual(), Exactness.APPROXIMATE_GRADIENTS)));
    }

    private static Model planned(Model net, Exactness allowed) {
        UnaryOperator<MemoryPlanner> request =
                planner -> planner.budget("70%").allow(allowed).schedule(CoefficientSchedule.over(6));
        DataSet batch = BATCHES.apply(0);
        MemoryPlanner planner = net instanceof MultiLayerNetwork list
                ? MemoryPlanner.of(list, batch)
                : MemoryPlanner.of((ComputationGraph) net, batch);
        return request.apply(planner).solve().apply();
    }

    private static Replicated tokens(String name, boolean graph, Memory memory) {
        return pictures(
                name,
                () -> graph
                        ? Lean.convert(vitGraph(), memory).network()
                        : Lean.convert(vit(), memory).network());
    }

    private static Replicated pictures(String name, Supplier<Model> make) {
        return new Replicated(name, make, BATCHES);
    }

    private static VisionTransformer model() {
        return VisionTransformer.builder()
                .features(16)
                .heads(2)
                .mlp(32)
                .depth(3)
                .height(SIDE)
                .width(SIDE)
                .patch(4)
                .classes(Replicated.CLASSES)
                .updater(UPDATER)
                .seed(1)
                .build();
    }

    static MultiLayerNetwork vit() {
        return model().init();
    }

    private static ComputationGraph vitGraph() {
        return model().initGraph();
    }

    /** Deeplearning4j's layers alone. */
    static MultiLayerNetwork stock() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(UPDATER)
                .list(
                        convolution(),
                        new BatchNormalization(),
                        new ActivationLayer(Activation.RELU),
                        new GlobalPoolingLayer(PoolingType.AVG),
                        new OutputLayer.Builder()
                                .nOut(Replicated.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build())
                .setInputType(InputType.convolutional(SIDE, SIDE, 3))
                .build());
        net.init();
        return net;
    }

    /** Three residual blocks with batch normalisation. */
    static ComputationGraph residual() {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(UPDATER)
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(SIDE, SIDE, 3))
                .addLayer("conv", convolution(), "in");
        String last = "conv";
        for (int i = 0; i < 3; i++) {
            graph.addLayer("conv" + i + "a", convolution(), last)
                    .addLayer("norm" + i + "a", new BatchNormalization(), "conv" + i + "a")
                    .addLayer("relu" + i + "a", new ActivationLayer(Activation.RELU), "norm" + i + "a")
                    .addLayer("conv" + i + "b", convolution(), "relu" + i + "a")
                    .addLayer("norm" + i + "b", new BatchNormalization(), "conv" + i + "b")
                    .addVertex("add" + i, new ElementWiseVertex(ElementWiseVertex.Op.Add), "norm" + i + "b", last)
                    .addLayer("relu" + i, new ActivationLayer(Activation.RELU), "add" + i);
            last = "relu" + i;
        }
        graph.addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), last)
                .addLayer(
                        "out",
                        new OutputLayer.Builder()
                                .nOut(Replicated.CLASSES)
                                .activation(Activation.SOFTMAX)
                                .build(),
                        "pool")
                .setOutputs("out");
        ComputationGraph net = new ComputationGraph(graph.build());
        net.init();
        return net;
    }

    private static Layer convolution() {
        return new ConvolutionLayer.Builder(3, 3)
                .nOut(6)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }
}
