package org.revlayers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.ReprogrammedVit.BLOCKS;
import static org.revlayers.ReprogrammedVit.SIDE;
import static org.revlayers.ReprogrammedVit.TOKENS;
import static org.revlayers.ReprogrammedVit.base;
import static org.revlayers.ReprogrammedVit.batch;
import static org.revlayers.ReprogrammedVit.converted;
import static org.revlayers.ReprogrammedVit.copies;
import static org.revlayers.ReprogrammedVit.fit;
import static org.revlayers.ReprogrammedVit.line;
import static org.revlayers.ReprogrammedVit.names;
import static org.revlayers.ReprogrammedVit.output;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.convert.ReprogramReport;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenPooling;
import org.revlayers.layers.TokenScore;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.reversible.CoefficientSchedule;

class ReprogramTest {

    private static final ReprogramOptions OPTIONS =
            ReprogramOptions.builder().train(1, 4).dropAt(1, 3).keep(0.5).build();

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void onlyTheBlocksThatWereNamedLearn(Model net) {
        Model lean = converted(net, OPTIONS).network();
        Map<String, INDArray> frozen = copies(lean, names(0, 2, 3, 5));
        frozen.putAll(copies(lean, "embedding"));
        Map<String, INDArray> trained = copies(lean, names(1, 4));
        trained.putAll(copies(lean, "norm"));
        assertEquals(copies(net, names(0, 2, 3, 5)), copies(lean, names(0, 2, 3, 5)));
        fit(lean, batch(DataType.FLOAT));
        fit(lean, batch(DataType.FLOAT));
        Map<String, INDArray> now = copies(lean, names(0, 1, 2, 3, 4, 5));
        now.putAll(copies(lean, "embedding", "norm"));
        frozen.forEach((name, p) -> assertEquals(p, now.get(name), name));
        trained.forEach((name, p) -> assertFalse(p.equals(now.get(name)), name));
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void theUpdaterHasStateForWhatIsTrainedAlone(Model net) {
        Model lean = converted(net, OPTIONS).network();
        fit(lean, batch(DataType.FLOAT));
        long trained = Stream.of("block1", "block4", "norm", "output")
                .flatMap(name -> Lean.parameters(lean, name).values().stream())
                .mapToLong(INDArray::length)
                .sum();
        INDArray state = lean instanceof MultiLayerNetwork line
                ? line.getUpdater().getStateViewArray()
                : ((ComputationGraph) lean).getUpdater().getStateViewArray();
        assertEquals(2 * trained, state.length());
    }

    /** The same network with all of it trained, but for the updater. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradientsAreThoseOfTheWholeNetwork(boolean containers) {
        MultiLayerNetwork net = line(DataType.DOUBLE, true, TokenPooling.Kind.CLASS_TOKEN);
        ReprogramOptions options = ReprogramOptions.builder()
                .train(1, 4)
                .dropAt(1, 3)
                .frozen(containers ? Memory.checkpoint() : null)
                .build();
        MultiLayerNetwork lean = Reprogram.convert(net, options).network();
        MultiLayerNetwork whole = Reprogram.convert(
                        net,
                        ReprogramOptions.builder()
                                .train(0, 1, 2, 3, 4, 5)
                                .dropAt(1, 3)
                                .build())
                .network();
        DataSet batch = batch(DataType.DOUBLE);
        for (MultiLayerNetwork each : List.of(lean, whole)) {
            each.setInput(batch.getFeatures());
            each.setLabels(batch.getLabels());
            each.computeGradientAndScore();
        }
        assertEquals(whole.score(), lean.score(), 1e-10);
        Map<String, INDArray> expected = gradients(whole);
        Map<String, INDArray> found = gradients(lean);
        found.keySet()
                .removeIf(name -> !Set.of("block1", "block4", "norm", "output").contains(name.split("/")[0]));
        assertEquals(2 * 12 + 2 + 2, found.size(), found.keySet()::toString);
        found.forEach((name, gradient) -> assertTrue(expected.get(name).equalsWithEps(gradient, 1e-9), name));
    }

    private static Map<String, INDArray> gradients(MultiLayerNetwork net) {
        Map<String, INDArray> gradients = new LinkedHashMap<>();
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            String name = layer.conf().getLayer().getLayerName();
            if (layer.getGradientsViewArray() != null && name.matches("block.*|norm|output")) {
                layer.conf()
                        .getLayer()
                        .initializer()
                        .getGradientsFromFlattened(layer.conf(), layer.getGradientsViewArray())
                        .forEach((own, g) -> gradients.put(name + "/" + own, g));
            }
        }
        return gradients;
    }

    @Test
    void tokensGoWhereTheReportSays() {
        Reprogrammed<MultiLayerNetwork> lean = Reprogram.convert(
                line(),
                ReprogramOptions.builder().train(1, 4).dropAt(1, 3).frozen(null).build());
        List<Long> counts = lean.report().tokens(TOKENS);
        assertEquals(List.of(17L, 17L, 10L, 10L, 7L, 7L, 7L), counts);
        List<Long> found = new ArrayList<>();
        lean.network()
                .feedForward(batch(DataType.FLOAT).getFeatures(), false)
                .subList(1, BLOCKS + 1)
                .forEach(tokens -> found.add(tokens.size(1)));
        assertEquals(counts.subList(1, BLOCKS + 1), found); // the embedding and block 0 are one layer
        assertEquals(
                List.of(
                        ReprogramReport.Role.FORWARD_ONLY,
                        ReprogramReport.Role.TRAINED,
                        ReprogramReport.Role.FROZEN,
                        ReprogramReport.Role.FROZEN,
                        ReprogramReport.Role.TRAINED,
                        ReprogramReport.Role.FROZEN),
                lean.report().blocks().stream().map(ReprogramReport.Block::role).toList());
        assertTrue(
                lean.report().toString().contains("frozen too: embedding"),
                lean.report().toString());
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void lessIsKeptThanByTheWholeNetwork(Model net) {
        Model lean = converted(net, OPTIONS).network();
        Model wide = converted(
                        net, ReprogramOptions.builder().train(0, 1, 2, 3, 4, 5).build())
                .network();
        long[] kept = new long[2];
        for (Model each : List.of(lean, wide)) {
            MemoryListener listener = new MemoryListener();
            if (each instanceof MultiLayerNetwork line) {
                line.addListeners(listener);
            } else {
                ((ComputationGraph) each).addListeners(listener);
            }
            fit(each, batch(DataType.FLOAT));
            kept[each == lean ? 0 : 1] = listener.report().keptBytes();
        }
        assertTrue(kept[0] < kept[1] / 2, kept[0] + " of " + kept[1]);
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void filesAndCopiesAreTheSameNetwork(Model net) throws IOException {
        Model lean = converted(net, OPTIONS).network();
        DataSet batch = batch(DataType.FLOAT);
        fit(lean, batch);
        Path file = folder.resolve("lean.zip");
        ModelSerializer.writeModel(lean, file.toFile(), true);
        Model loaded = lean instanceof MultiLayerNetwork
                ? ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true)
                : ModelSerializer.restoreComputationGraph(file.toFile(), true);
        Model copy = lean instanceof MultiLayerNetwork line ? line.clone() : ((ComputationGraph) lean).clone();
        assertEquals(output(lean, batch.getFeatures()), output(loaded, batch.getFeatures()));
        assertEquals(output(lean, batch.getFeatures()), output(copy, batch.getFeatures()));
        fit(lean, batch);
        fit(loaded, batch);
        assertEquals(lean.params(), loaded.params());
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void theWayBackIsTheWholeNetwork(Model net) {
        Model lean = converted(net, OPTIONS).network();
        Model back = lean instanceof MultiLayerNetwork line
                ? Reprogram.restore(line)
                : Reprogram.restore((ComputationGraph) lean);
        DataSet batch = batch(DataType.FLOAT);
        assertEquals(output(net, batch.getFeatures()), output(back, batch.getFeatures()));
        fit(net, batch);
        fit(back, batch);
        assertTrue(net.params().equalsWithEps(back.params(), 1e-5));
        String again = assertThrows(IllegalArgumentException.class, () -> {
                    if (back instanceof MultiLayerNetwork line) {
                        Reprogram.restore(line);
                    } else {
                        Reprogram.restore((ComputationGraph) back);
                    }
                })
                .getMessage();
        assertTrue(again.contains("nothing to restore"), again);
    }

    /** Branches beside the first trained block, and vertices that were added from the back. */
    @Test
    void nothingGoesBackThroughATowerThatIsNotTrained() {
        ComputationGraphConfiguration.GraphBuilder builder =
                base(DataType.FLOAT).graphBuilder().addInputs("left", "right");
        builder.addLayer(
                "output",
                new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(),
                "both");
        builder.addVertex("both", new MergeVertex(), "pool-left", "pool-right");
        for (String side : List.of("left", "right")) {
            builder.addLayer(
                    "pool-" + side, new TokenPooling.Builder(TokenPooling.Kind.CLASS_TOKEN).build(), side + "1");
            builder.addLayer(side + "1", new TransformerBlock.Builder(2).mlp(32).build(), side + "0");
            builder.addLayer(side + "0", new TransformerBlock.Builder(2).mlp(32).build(), "embedding-" + side);
            builder.addLayer(
                    "embedding-" + side, new PatchEmbedding.Builder(8).nOut(16).build(), side);
        }
        ComputationGraph net = new ComputationGraph(builder.setOutputs("output")
                .setInputTypes(InputType.convolutional(SIDE, SIDE, 3), InputType.convolutional(SIDE, SIDE, 3))
                .build());
        net.init();
        List<String> order =
                Reprogram.convert(
                                net,
                                ReprogramOptions.builder().train(0).frozen(null).build())
                        .report()
                        .blocks()
                        .stream()
                        .map(ReprogramReport.Block::name)
                        .toList();
        assertTrue(order.indexOf("left0") < order.indexOf("left1"), order::toString);
        int trained = order.indexOf("left1");
        Reprogrammed<ComputationGraph> lean = Reprogram.convert(
                net, ReprogramOptions.builder().train(trained).dropAt(trained).build());
        Map<String, ReprogramReport.Role> roles = new LinkedHashMap<>();
        lean.report().blocks().forEach(block -> roles.put(block.name(), block.role()));
        assertEquals(
                Map.of(
                        "left0", ReprogramReport.Role.FORWARD_ONLY,
                        "left1", ReprogramReport.Role.TRAINED,
                        "right0", ReprogramReport.Role.FORWARD_ONLY,
                        "right1", ReprogramReport.Role.FORWARD_ONLY),
                roles);
        assertEquals(
                Set.of("embedding-left", "embedding-right"),
                Set.copyOf(lean.report().frozen()));
        Map<String, INDArray> before =
                copies(lean.network(), "left0", "right0", "right1", "embedding-left", "embedding-right");
        INDArray images = batch(DataType.FLOAT).getFeatures();
        lean.network().fit(new INDArray[] {images, images}, new INDArray[] {
            batch(DataType.FLOAT).getLabels()
        });
        assertEquals(before, copies(lean.network(), "left0", "right0", "right1", "embedding-left", "embedding-right"));
    }

    @Test
    void blocksInContainersAndNamesThatAreSharedAreRefused() {
        MultiLayerNetwork contained = Lean.convert(line(), Memory.checkpoint().except("block0", "block5"))
                .network();
        String message = assertThrows(IllegalArgumentException.class, () -> Reprogram.convert(contained, OPTIONS))
                .getMessage();
        assertTrue(message.contains("Lean.restore"), message);
        MultiLayerNetwork chain = Lean.convert(line(), Memory.reversible(CoefficientSchedule.constant(1, 0.125)))
                .network();
        assertThrows(IllegalArgumentException.class, () -> Reprogram.convert(chain, OPTIONS));
        MultiLayerNetwork shared = line();
        shared.getLayer(1).conf().getLayer().setLayerName("block");
        shared.getLayer(2).conf().getLayer().setLayerName("block");
        String names = assertThrows(IllegalArgumentException.class, () -> Reprogram.convert(shared, OPTIONS))
                .getMessage();
        assertTrue(names.contains("\"block\""), names);
    }

    @Test
    void aBlockThatDropsInAContainerComesBackWhole() {
        MultiLayerNetwork net = line();
        MultiLayerNetwork lean = Reprogram.convert(
                        net,
                        ReprogramOptions.builder()
                                .train(0, 1, 2, 3, 4, 5)
                                .dropAt(1)
                                .build())
                .network();
        MultiLayerNetwork back =
                Reprogram.restore(Lean.convert(lean, Memory.checkpoint()).network());
        INDArray x = batch(DataType.FLOAT).getFeatures();
        assertEquals(net.output(x), back.output(x));
    }

    @Test
    void razorsAndPlansComeOnTop() {
        MultiLayerNetwork lean = Reprogram.convert(line(), OPTIONS).network();
        MultiLayerNetwork thin = Lean.convert(lean, Memory.razor(0.8).except("block0", "embedding"))
                .network();
        thin.fit(batch(DataType.FLOAT));
        MemoryPlan plan =
                MemoryPlanner.of(lean, batch(DataType.FLOAT)).budget("100%").solve();
        MultiLayerNetwork planned = plan.apply();
        Map<String, INDArray> frozen = copies(planned, "block0", "block2", "block3", "block5");
        assertEquals(frozen, copies(thin, "block0", "block2", "block3", "block5"));
        Map<String, INDArray> trained = copies(planned, "block1", "block4");
        planned.fit(batch(DataType.FLOAT));
        assertEquals(frozen, copies(planned, "block0", "block2", "block3", "block5"));
        trained.forEach((name, p) ->
                assertFalse(p.equals(copies(planned, "block1", "block4").get(name)), name));
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        MultiLayerNetwork net = line();
        Map<String, ReprogramOptions.Builder> wrong = new LinkedHashMap<>();
        wrong.put("one block at least", ReprogramOptions.builder());
        wrong.put("got 6", ReprogramOptions.builder().train(1, 6));
        wrong.put("got -1", ReprogramOptions.builder().train(1).dropAt(-1));
        wrong.put("(0, 1]", ReprogramOptions.builder().train(1).keep(0));
        wrong.forEach((part, options) -> {
            String message = assertThrows(IllegalArgumentException.class, () -> Reprogram.convert(net, options.build()))
                    .getMessage();
            assertTrue(message.contains(part), message);
        });
        String none = assertThrows(
                        IllegalArgumentException.class,
                        () -> Reprogram.convert(line(DataType.FLOAT, false, TokenPooling.Kind.MEAN), OPTIONS))
                .getMessage();
        assertTrue(none.contains("MEAN_RECEIVED"), none);
        Reprogram.convert(
                line(DataType.FLOAT, false, TokenPooling.Kind.MEAN),
                ReprogramOptions.builder()
                        .train(1)
                        .dropAt(1)
                        .fuse(false)
                        .score(TokenScore.MEAN_RECEIVED)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("org.revlayers.ReprogrammedVit#networks")
    void theReportCountsWhatTheUpdaterStillHas(Model net) {
        ReprogramOptions before = ReprogramOptions.builder().train(1, 4).build();
        assertTrue(converted(net, before).report().updater().startsWith("none"), "no step yet");
        fit(net, batch(DataType.FLOAT));
        for (Memory frozen : Arrays.asList(Memory.checkpoint(), Memory.store(), null)) {
            String updater = converted(
                            net,
                            ReprogramOptions.builder()
                                    .train(1, 4)
                                    .frozen(frozen)
                                    .build())
                    .report()
                    .updater();
            // two blocks of twelve, norm and output; four of the embedding and four blocks have none; DL4J's
            // FrozenLayerWithBackprop by itself has
            int held = frozen == null ? 64 : 28;
            assertEquals(
                    "state of " + held + " parameters carried over, none held for " + (80 - held) + " that are frozen",
                    updater);
        }
    }

    @Test
    void theReportCountsTokensThatWereLeftOutBefore() {
        MultiLayerNetwork net = line();
        ((TransformerBlock) net.getLayerWiseConfigurations().getConf(2).getLayer()).setKeepTokens(0.5);
        assertEquals(
                List.of(17L, 17L, 10L, 10L, 7L, 7L, 7L),
                Reprogram.convert(
                                net,
                                ReprogramOptions.builder().train(1, 4).dropAt(3).build())
                        .report()
                        .tokens(TOKENS));
    }

    @Test
    void theReportSaysWhereTokensGoAndWhatIsKept() {
        MultiLayerNetwork net = line();
        INDArray images = batch(DataType.FLOAT).getFeatures();
        Reprogrammed<MultiLayerNetwork> lean = Reprogram.convert(net, OPTIONS, Sample.of(images));
        String text = lean.report().toString();
        assertTrue(text.contains("tokens: 17 → 10 → 7"), text);
        assertTrue(text.contains("kept for backward of " + images.size(0) + ", predicted: "), text);
        MemoryListener listener = new MemoryListener();
        lean.network().addListeners(listener);
        lean.network().fit(batch(DataType.FLOAT));
        ReprogramReport.Kept kept = lean.report().kept();
        long measured = listener.report().keptBytes() - images.length() * Float.BYTES; // the input is the network's
        assertEquals(measured, kept.after(), 0.02 * measured, listener.report()::toString);
        assertTrue(kept.after() < kept.before() / 2, kept::toString);
        assertNull(Reprogram.convert(net, OPTIONS).report().kept());
        assertThrows(
                IllegalArgumentException.class,
                () -> Reprogram.convert(net, OPTIONS, Sample.of(images, images)),
                "one array for each input");
    }
}
