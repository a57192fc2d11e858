package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.saver.LocalFileGraphSaver;
import org.deeplearning4j.earlystopping.saver.LocalFileModelSaver;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.transferlearning.TransferLearningHelper;
import org.deeplearning4j.optimize.listeners.CheckpointListener;
import org.deeplearning4j.parallelism.ParallelInference;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.deeplearning4j.parallelism.inference.InferenceMode;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * A network that stands in the middle of its schedule computes the same bits in every copy that DL4J can make of it, however the copy is made, and a
 * frozen one for ever.
 */
class CopiesContractTest {

    @TempDir
    static Path temporary;

    private static final int STEPS = 4;

    /** All containers; chains with a schedule that the steps of {@link #trained} are the middle of. */
    static Stream<LayerCase> cases() {
        CoefficientSchedule schedule =
                CoefficientSchedule.builder().totalIterations(5 * STEPS).build();
        return Stream.of(
                        Stream.of(
                                LayerCase.tokens("chain, scheduled", () -> LayerCase.chain()
                                        .schedule(schedule)
                                        .build()),
                                LayerCase.tokens("chain, scheduled, mixed modes", () -> LayerCase.chain(
                                                ChainMode.STORE, ChainMode.CHECKPOINT, ChainMode.REVERSE)
                                        .schedule(schedule)
                                        .exit(new LayerNormalization.Builder().build())
                                        .build())),
                        LayerCase.onTokens().filter(c -> c.name().matches("(chain|sequence|residual|ODE).*")),
                        ContainerCases.onImages())
                .flatMap(s -> s);
    }

    private interface Way<M> {
        M copy(M net) throws Exception;
    }

    private static FineTuneConfiguration fineTune() {
        return new FineTuneConfiguration.Builder().updater(new Sgd(0.1)).build();
    }

    private static Map<String, Way<MultiLayerNetwork>> ways() {
        Map<String, Way<MultiLayerNetwork>> ways = new LinkedHashMap<>();
        ways.put("clone", MultiLayerNetwork::clone);
        ways.put("configuration's clone", net -> {
            MultiLayerNetwork copy =
                    LayerCase.init(net.getLayerWiseConfigurations().clone());
            copy.setParams(net.params());
            return copy;
        });
        ways.put("JSON", net -> {
            MultiLayerNetwork copy = LayerCase.init(MultiLayerConfiguration.fromJson(
                    net.getLayerWiseConfigurations().toJson()));
            copy.setParameters(net.params());
            return copy;
        });
        ways.put("YAML", net -> {
            MultiLayerNetwork copy = LayerCase.init(MultiLayerConfiguration.fromYaml(
                    net.getLayerWiseConfigurations().toYaml()));
            copy.setParameters(net.params());
            return copy;
        });
        ways.put("ModelSerializer with updater", net -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ModelSerializer.writeModel(net, out, true);
            return ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(out.toByteArray()), true);
        });
        ways.put("ModelSerializer without updater", net -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ModelSerializer.writeModel(net, out, false);
            return ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(out.toByteArray()), false);
        });
        ways.put(
                "save and load",
                net -> inFile(file -> {
                    net.save(file, true);
                    return MultiLayerNetwork.load(file, true);
                }));
        ways.put(
                "CheckpointListener",
                net -> inFolder(folder -> {
                    CheckpointListener listener = new CheckpointListener.Builder(folder)
                            .saveEveryNEpochs(1)
                            .build();
                    listener.onEpochEnd(net);
                    return CheckpointListener.loadCheckpointMLN(new File(folder), 0);
                }));
        ways.put("early stopping in memory", net -> {
            InMemoryModelSaver<MultiLayerNetwork> saver = new InMemoryModelSaver<>();
            saver.saveBestModel(net, 0);
            return saver.getBestModel();
        });
        ways.put(
                "early stopping on disk",
                net -> inFolder(folder -> {
                    LocalFileModelSaver saver = new LocalFileModelSaver(folder);
                    saver.saveBestModel(net, 0);
                    return saver.getBestModel();
                }));
        ways.put("transfer learning, fine-tuned", net -> new TransferLearning.Builder(net)
                .fineTuneConfiguration(fineTune())
                .build());
        ways.put("transfer learning, frozen", net -> new TransferLearning.Builder(net)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor(net.getnLayers() - 2)
                .build());
        ways.put("a copy of a copy", net -> net.clone().clone());
        return ways;
    }

    private static Map<String, Way<ComputationGraph>> graphWays() {
        Map<String, Way<ComputationGraph>> ways = new LinkedHashMap<>();
        ways.put("clone", ComputationGraph::clone);
        ways.put("JSON", net -> {
            ComputationGraph copy = new ComputationGraph(ComputationGraphConfiguration.fromJson(
                    net.getConfiguration().toJson()));
            copy.init();
            copy.setParams(net.params());
            return copy;
        });
        ways.put("ModelSerializer", net -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ModelSerializer.writeModel(net, out, true);
            return ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(out.toByteArray()), true);
        });
        ways.put(
                "save and load",
                net -> inFile(file -> {
                    net.save(file, true);
                    return ComputationGraph.load(file, true);
                }));
        ways.put("early stopping in memory", net -> {
            InMemoryModelSaver<ComputationGraph> saver = new InMemoryModelSaver<>();
            saver.saveBestModel(net, 0);
            return saver.getBestModel();
        });
        ways.put(
                "early stopping on disk",
                net -> inFolder(folder -> {
                    LocalFileGraphSaver saver = new LocalFileGraphSaver(folder);
                    saver.saveBestModel(net, 0);
                    return saver.getBestModel();
                }));
        ways.put("transfer learning, fine-tuned", net -> new TransferLearning.GraphBuilder(net)
                .fineTuneConfiguration(fineTune())
                .build());
        ways.put("transfer learning, frozen", net -> new TransferLearning.GraphBuilder(net)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor("pooling")
                .build());
        return ways;
    }

    private static <T> T inFolder(WithPath<String, T> work) throws Exception {
        return work.apply(Files.createTempDirectory(temporary, "copies").toString());
    }

    private static <T> T inFile(WithPath<File, T> work) throws Exception {
        Path folder = Files.createTempDirectory(temporary, "copies");
        return work.apply(folder.resolve("model.zip").toFile());
    }

    private interface WithPath<P, T> {
        T apply(P path) throws IOException;
    }

    private static MultiLayerNetwork trained(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        for (int i = 0; i < STEPS; i++) {
            net.fit(layerCase.data(2, i + 1));
        }
        return net;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyCopyOfANetworkComputesTheSame(LayerCase layerCase) throws Exception {
        MultiLayerNetwork net = trained(layerCase);
        INDArray x = layerCase.data(3, 9).getFeatures();
        INDArray expected = net.output(x).dup();
        for (Map.Entry<String, Way<MultiLayerNetwork>> way : ways().entrySet()) {
            MultiLayerNetwork copy = way.getValue().copy(net);
            Compare.same(expected, copy.output(x), way.getKey());
        }
        Compare.same(expected, net.toComputationGraph().outputSingle(x), "toComputationGraph");
        try (AutoInference inference = new AutoInference(net)) {
            Compare.same(expected, inference.output(x), "ParallelInference");
        }
        Compare.same(expected, net.output(x), "the network itself, after all this");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyCopyOfAGraphComputesTheSame(LayerCase layerCase) throws Exception {
        ComputationGraph net = layerCase.graph();
        for (int i = 0; i < STEPS; i++) {
            net.fit(layerCase.data(2, i + 1));
        }
        INDArray x = layerCase.data(3, 9).getFeatures();
        INDArray expected = net.outputSingle(x).dup();
        for (Map.Entry<String, Way<ComputationGraph>> way : graphWays().entrySet()) {
            Compare.same(expected, way.getValue().copy(net).outputSingle(x), way.getKey());
        }
        Compare.same(expected, net.outputSingle(x), "the graph itself, after all this");
    }

    /** And goes on training as the network does, step by step, its updater's state with it. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void copiesGoOnAlike(LayerCase layerCase) {
        MultiLayerNetwork net = trained(layerCase);
        MultiLayerNetwork copy = net.clone();
        for (int i = 0; i < 2 * STEPS; i++) {
            net.fit(layerCase.data(2, i));
            copy.fit(layerCase.data(2, i));
        }
        INDArray x = layerCase.data(3, 9).getFeatures();
        Compare.same(net.params(), copy.params(), "parameters");
        Compare.same(net.output(x), copy.output(x), "output");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void frozenLayersComputeWhatTheyComputedWhenTheyWereFrozen(LayerCase layerCase) {
        MultiLayerNetwork net = trained(layerCase);
        int last = net.getnLayers() - 1;
        INDArray x = layerCase.data(3, 9).getFeatures();
        INDArray expected = net.feedForward(x).get(last).dup();
        MultiLayerNetwork frozen = new TransferLearning.Builder(net)
                .fineTuneConfiguration(fineTune())
                .setFeatureExtractor(last - 1)
                .build();
        TransferLearningHelper helper = new TransferLearningHelper(trained(layerCase), last - 1);
        Compare.same(
                expected,
                helper.featurize(new DataSet(x, layerCase.data(3, 9).getLabels()))
                        .getFeatures(),
                "featurised");
        for (int i = 0; i < 3 * STEPS; i++) {
            frozen.fit(layerCase.data(2, i));
            Compare.same(expected, frozen.feedForward(x).get(last), "after step " + i);
            Compare.same(expected, frozen.clone().feedForward(x).get(last), "a copy after step " + i);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void replicasStandWhereTheNetworkStands(LayerCase layerCase) throws Exception {
        MultiLayerNetwork one = trained(layerCase);
        MultiLayerNetwork net = one.clone();
        List<DataSet> batches = Stream.of(1, 2, 3, 4)
                .flatMap(i -> layerCase.data(2, i).asList().stream())
                .toList();
        try (ParallelWrapper wrapper = new ParallelWrapper.Builder<>(net)
                .workers(2)
                .prefetchBuffer(2)
                .averagingFrequency(1)
                .build()) {
            wrapper.fit(new ListDataSetIterator<>(batches, 2));
        }
        one.fit(layerCase.data(2, 1));
        one.fit(layerCase.data(2, 1));
        for (Layer layer : List.of(
                net.getLayer(1).conf().getLayer(), net.getLayer(0).conf().getLayer())) {
            if (layer instanceof org.revlayers.chain.ReversibleChain chain) {
                var expected = (org.revlayers.chain.ReversibleChain)
                        one.getLayer(LayerCase.TESTED).conf().getLayer();
                assertEquals(expected.coefficients(), chain.coefficients(), "two steps further");
            }
        }
        INDArray x = layerCase.data(3, 9).getFeatures();
        Compare.same(net.output(x).dup(), net.clone().output(x), "a copy");
    }

    private record AutoInference(ParallelInference inference) implements AutoCloseable {
        AutoInference(MultiLayerNetwork net) {
            this(new ParallelInference.Builder(net)
                    .inferenceMode(InferenceMode.SEQUENTIAL)
                    .workers(1)
                    .build());
        }

        INDArray output(INDArray x) {
            return inference.output(x);
        }

        @Override
        public void close() {
            inference.shutdown();
        }
    }
}
