package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.enums.DebugMode;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.container.ResidualUnit;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.RazorValues;
import org.revlayers.listeners.AdaptiveRazor;

/** No array that outlives a step lies in one of DL4J's workspaces. */
class WorkspaceContractTest {

    private static final DataType TYPE = DataType.FLOAT;

    /** Every case, and batch norms with locked gamma and beta, whose hosts own two arrays. */
    static Stream<LayerCase> all() {
        return Stream.concat(
                LayerCase.all(),
                Stream.of(
                        locked(
                                "checkpoint",
                                new CheckpointSequence.Builder()
                                        .layers(layers(false))
                                        .build()),
                        locked(
                                "razor",
                                new RazorSequence.Builder()
                                        .layers(layers(false))
                                        .build()),
                        locked(
                                "razor, frozen norm",
                                new RazorSequence.Builder().layers(layers(true)).build()),
                        locked(
                                "unit",
                                new ResidualUnit.Builder()
                                        .main(layers(false))
                                        .shortcut(layers(true))
                                        .build()),
                        locked(
                                "razor in a razor",
                                new RazorSequence.Builder()
                                        .layers(
                                                convolution("outer"),
                                                new RazorSequence.Builder()
                                                        .layers(layers(false))
                                                        .build())
                                        .build()),
                        locked(
                                "chain",
                                new ReversibleChain.Builder()
                                        .stem(convolution("stem"))
                                        .subBlock(SubBlock.of("f", layers(false)))
                                        .subBlock(SubBlock.of("g", layers(true)))
                                        .build())));
    }

    private static Layer convolution(String name) {
        return new ConvolutionLayer.Builder(3, 3)
                .name(name)
                .nOut(4)
                .convolutionMode(ConvolutionMode.Same)
                .activation(Activation.IDENTITY)
                .build();
    }

    private static Layer[] layers(boolean frozen) {
        Layer norm = new BatchNormalization.Builder()
                .name("norm")
                .lockGammaBeta(true)
                .gamma(0.5)
                .beta(0.25)
                .build();
        return new Layer[] {
            convolution("a"),
            frozen ? new FrozenLayer(norm) : norm,
            new ActivationLayer(Activation.RELU),
            convolution("b")
        };
    }

    private static LayerCase locked(String name, Layer layer) {
        layer.setLayerName(LayerCase.TESTED);
        return new LayerCase(
                "locked norm: " + name,
                () -> List.of(layer.clone(), new GlobalPoolingLayer(PoolingType.AVG), LayerCase.output()),
                InputType.convolutional(6, 5, 2));
    }

    @AfterEach
    void debugModeOff() {
        Nd4j.getWorkspaceManager().setDebugMode(DebugMode.DISABLED);
    }

    /** Steps on hosts that were made anew in the second and the third; the outputs after each. */
    private static List<INDArray> train(MultiLayerNetwork net, LayerCase layerCase, Runnable between) {
        net.addListeners(new AdaptiveRazorIfItHasLayers());
        List<INDArray> outputs = new ArrayList<>();
        for (int step = 0; step < 5; step++) {
            DataSet data = layerCase.data(TYPE, 2 + step % 2, step + 1);
            if (step == 1 || step == 2) {
                retune(net, step == 1 ? null : new Thinning(0.7, RazorValues.FP16));
            }
            net.fit(data);
            between.run();
            outputs.add(net.output(data.getFeatures()));
            between.run();
        }
        return outputs;
    }

    private static void retune(MultiLayerNetwork net, Thinning thinning) {
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            if (layer.conf().getLayer() instanceof RazorSequence razor) {
                razor.setThinning(thinning);
            }
        }
    }

    private static void assertSameOutputs(LayerCase layerCase, List<INDArray> expected, List<INDArray> actual) {
        for (int step = 0; step < expected.size(); step++) {
            Compare.same(expected.get(step), actual.get(step), layerCase.name() + ", step " + step);
        }
    }

    /** {@link AdaptiveRazor} refuses networks of one thinned layer. */
    private static final class AdaptiveRazorIfItHasLayers extends org.deeplearning4j.optimize.api.BaseTrainingListener {
        @Override
        public void onBackwardPass(org.deeplearning4j.nn.api.Model model) {
            try {
                AdaptiveRazor.every(1).onBackwardPass(model);
            } catch (IllegalStateException e) {
                // no layer to compare with, or one without a name
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void noHostHoldsAnArrayOfAWorkspace(LayerCase layerCase) {
        MultiLayerNetwork net = layerCase.net();
        train(net, layerCase, () -> {});
        assertEquals(Map.of(), attached(net));
    }

    /** What a workspace holds between two steps is nobody's: with rubbish in it the network trains to the same bits. */
    @ParameterizedTest
    @MethodSource("all")
    void rubbishInAllWorkspacesChangesNothing(LayerCase layerCase) {
        List<INDArray> expected = train(layerCase.net(), layerCase, () -> {});
        assertSameOutputs(layerCase, expected, train(layerCase.net(), layerCase, WorkspaceContractTest::spoil));
    }

    /** The same without any workspace. */
    @ParameterizedTest
    @MethodSource("all")
    void trainsToTheSameBitsWithoutWorkspaces(LayerCase layerCase) {
        List<INDArray> expected = train(layerCase.net(), layerCase, () -> {});
        Nd4j.getWorkspaceManager().setDebugMode(DebugMode.BYPASS_EVERYTHING);
        assertSameOutputs(layerCase, expected, train(layerCase.net(), layerCase, () -> {}));
    }

    private static void spoil() {
        for (MemoryWorkspace workspace : Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread()) {
            long elements = workspace.getCurrentSize() / Float.BYTES - 64;
            if (!workspace.isScopeActive() && elements > 0) {
                try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
                    Nd4j.createUninitialized(DataType.FLOAT, elements).assign(Float.NaN);
                }
            }
        }
    }

    /** All arrays in workspaces that fields of this library's classes lead to. */
    private static Map<String, String> attached(MultiLayerNetwork net) {
        Map<String, String> found = new TreeMap<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Map.Entry<String, Object>> open = new ArrayDeque<>();
        for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
            open.add(Map.entry("layer " + layer.getIndex(), layer));
        }
        while (!open.isEmpty()) {
            Map.Entry<String, Object> next = open.poll();
            Object object = next.getValue();
            if (object instanceof INDArray array) {
                if (!array.wasClosed() && array.isAttached()) {
                    found.put(next.getKey(), array.data().getParentWorkspace().getId());
                }
            } else if (seen.add(object)) {
                inside(object).forEach((name, value) -> open.add(Map.entry(next.getKey() + "." + name, value)));
            }
        }
        return found;
    }

    private static Map<String, Object> inside(Object object) {
        Map<String, Object> values = new TreeMap<>();
        Collection<?> elements = object instanceof Collection<?> c
                ? c
                : object instanceof Map<?, ?> m
                        ? m.values()
                        : object instanceof Object[] a ? Arrays.asList(a) : List.of();
        for (Object element : new ArrayList<>(elements)) {
            put(values, String.valueOf(values.size()), element);
        }
        for (Class<?> c = object.getClass(); c.getName().startsWith("org.revlayers"); c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (!field.getType().isPrimitive() && !Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    try {
                        put(values, field.getName(), field.get(object));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
        return values;
    }

    private static void put(Map<String, Object> values, String name, Object value) {
        if (value != null) {
            values.put(name, value);
        }
    }
}
