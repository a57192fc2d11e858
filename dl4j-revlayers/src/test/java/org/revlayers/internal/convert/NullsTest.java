package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.MemoryPlan;
import org.revlayers.MemoryPlanner;
import org.revlayers.Reprogram;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;

/** What was forgotten is said at the call. */
class NullsTest {

    private static MultiLayerNetwork net() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(2).nOut(2).build())
                .layer(new OutputLayer.Builder().nIn(2).nOut(2).build())
                .build());
        net.init();
        return net;
    }

    private static void refused(String message, Executable call) {
        String said = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(said.contains(message), said);
    }

    @Test
    void namesWhatIsNull() {
        MultiLayerNetwork net = net();
        ComputationGraph graph = net.toComputationGraph();
        String memory = "the memory of a conversion is null: give Memory.checkpoint(), say";
        refused(memory, () -> Lean.convert(net, null));
        refused(memory, () -> Lean.convert(graph, null));
        refused(memory, () -> Lean.plan(net, null));
        refused(memory, () -> Lean.plan(graph, null));
        refused("the name of a layer is null", () -> Lean.layer(net, null));
        refused("the name of a layer is null", () -> Lean.parameters(net, null));
    }

    @Test
    void aNetworkWithoutParametersIsRefused() {
        MultiLayerNetwork line = new MultiLayerNetwork(net().getLayerWiseConfigurations());
        ComputationGraph graph = new ComputationGraph(net().toComputationGraph().getConfiguration());
        String first = "only a network with parameters can be converted, restored or asked for its layers";
        for (MultiLayerNetwork none : new MultiLayerNetwork[] {null, line}) {
            refused(first, () -> Lean.convert(none, Memory.checkpoint()));
            refused(first, () -> Lean.plan(none, Memory.checkpoint()));
            refused(first, () -> Lean.restore(none));
            refused(first, () -> Lean.layer(none, "layer0"));
            refused(first, () -> Lean.parameters(none, "layer0"));
        }
        for (ComputationGraph none : new ComputationGraph[] {null, graph}) {
            refused(first, () -> Lean.convert(none, Memory.checkpoint()));
            refused(first, () -> Lean.plan(none, Memory.checkpoint()));
            refused(first, () -> Lean.restore(none));
            refused(first, () -> Lean.layer(none, "0"));
            refused(first, () -> Lean.parameters(none, "0"));
        }
    }

    @Test
    void namesTheGraphOrTheSampleThatIsNull() {
        SameDiff graph = SameDiff.create();
        refused("an array of the sample is null", () -> Sample.of((INDArray) null));
        refused("the sample is null", () -> Lean.convert(graph, Memory.checkpoint(), null));
        refused("the sample is null", () -> Lean.restore(graph, null));
        refused("the memory of a conversion is null", () -> Lean.convert(graph, null));
        for (SameDiff none : new SameDiff[1]) {
            refused("the graph is null", () -> Lean.convert(none, Memory.checkpoint()));
            refused("the graph is null", () -> Lean.plan(none, Memory.checkpoint()));
            refused("the graph is null", () -> Lean.restore(none));
        }
    }

    /** Of every entry point: no argument that is null ends in a NullPointerException. */
    @ParameterizedTest
    @ValueSource(classes = {Lean.class, Reprogram.class, MemoryPlanner.class, MemoryPlan.class})
    void noEntryPointFallsOverNull(Class<?> type) throws IllegalAccessException {
        for (Method method : type.getMethods()) {
            if (Modifier.isStatic(method.getModifiers())) {
                refusesNull(method, null);
            }
        }
    }

    @Test
    void noSettingOfAPlannerFallsOverNull() throws IllegalAccessException {
        MemoryPlanner planner = MemoryPlanner.of(net(), new DataSet(Nd4j.ones(3, 2), Nd4j.ones(3, 2)));
        for (Method method : MemoryPlanner.class.getMethods()) {
            boolean takesObjects = method.getDeclaringClass() == MemoryPlanner.class
                    && !Modifier.isStatic(method.getModifiers())
                    && method.getParameterCount() > 0
                    && Stream.of(method.getParameterTypes()).noneMatch(Class::isPrimitive);
            if (takesObjects) {
                refusesNull(method, planner);
            }
        }
    }

    private static void refusesNull(Method method, Object on) throws IllegalAccessException {
        try {
            method.invoke(on, new Object[method.getParameterCount()]);
            fail(method + " takes null");
        } catch (InvocationTargetException e) {
            assertEquals(IllegalArgumentException.class, e.getCause().getClass(), method::toString);
            assertFalse(e.getCause().getMessage().contains("because"), e.getCause()::getMessage);
        }
    }
}
