package org.revlayers.internal.op;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.GraphPhase;
import org.revlayers.internal.backend.InnerSession;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.backend.StepMemory;

/**
 * A sub-function y = F(x; p0, p1, …) as a graph that runs inside an op: forward, and backward from a given gradient of y. Keeps no array.
 *
 * <p>Its graphs for inference, for the forward of a training step and for each set of wanted gradients are made when they are first needed.
 * One thread at a time runs it; others wait.
 */
final class SubGraph {

    private static final String GRADIENT_OF_OUTPUT = "dy";
    private static final String LOSS = "loss";

    private final String text;
    private final Map<BitSet, Backward> backwards = new HashMap<>();
    private Forward inference;
    private Forward training;

    /**
     * What a sub-function's ops learn about the run that it is part of.
     *
     * @param training whether ops that differ in training do as they do there
     * @param config   tells ops the step; may be null
     * @param step     for ops of chains, also without a configuration
     */
    record Phase(boolean training, TrainingConfig config, long step) {
        private void tell(SameDiff graph) {
            graph.setTrainingConfig(config);
            graph.getOps().values().forEach(op -> {
                if (op.getOp() instanceof ChainOp chain) {
                    chain.setStep(step);
                }
            });
        }
    }

    private record Forward(SameDiff graph, InnerSession session) {}

    private record Backward(SameDiff graph, InnerSession session, List<String> gradients) {}

    SubGraph(String text) {
        this.text = text;
    }

    /** A graph as {@link GraphCut} makes it, in letters. */
    static String encode(SameDiff graph) {
        ByteBuffer buffer = graph.asFlatBuffers(false);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(packed.toByteArray());
    }

    private SameDiff decode() {
        return decode(text);
    }

    /** A graph in letters as a graph again. */
    static SameDiff decode(String text) {
        byte[] packed = Base64.getDecoder().decode(text);
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
            SameDiff graph = SameDiff.fromFlatBuffers(ByteBuffer.wrap(in.readAllBytes()), false);
            for (String name : graph.inputs()) {
                SDVariable v = graph.getVariable(name);
                v.setShape(
                        v.getShape().length == 0
                                ? null
                                : v.getShape()); // a file has unknown shapes as those of scalars
            }
            return graph;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * F(x).
     *
     * @param inputs p0, p1, …
     * @param memory of all arrays, the result included
     */
    INDArray forward(INDArray x, List<INDArray> inputs, Phase phase, StepMemory memory) {
        return forward(x, inputs, null, phase, memory);
    }

    /**
     * F(x).
     *
     * @param out where it is written if F's last op can; null for an array of its own
     */
    synchronized INDArray forward(
            INDArray x, List<INDArray> inputs, @Nullable INDArray out, Phase phase, StepMemory memory) {
        Forward forward = phase.training() ? training() : inference();
        phase.tell(forward.graph);
        return forward.session
                .run(
                        List.of(GraphCut.OUTPUT),
                        placeholders(x, inputs),
                        out == null ? Map.of() : Map.of(GraphCut.OUTPUT, out),
                        memory)
                .get(GraphCut.OUTPUT);
    }

    private Forward inference() {
        if (inference == null) {
            SameDiff graph = decode();
            inference = new Forward(graph, new InnerSession(graph));
        }
        return inference;
    }

    private Forward training() {
        if (training == null) {
            SameDiff graph = decode();
            GraphPhase.markTraining(graph);
            training = new Forward(graph, new InnerSession(graph));
        }
        return training;
    }

    private static Map<String, INDArray> placeholders(INDArray x, List<INDArray> inputs) {
        Map<String, INDArray> placeholders = new HashMap<>();
        placeholders.put(GraphCut.INPUT, x);
        for (int i = 0; i < inputs.size(); i++) {
            placeholders.put(GraphCut.read(i), inputs.get(i));
        }
        return placeholders;
    }

    /**
     * F(x) again, and the gradients.
     *
     * @param dy     gradient of F(x)
     * @param wanted which of the inputs need a gradient
     * @return F(x), the gradient of x, and those of the wanted inputs in order; a gradient is null where F does not depend on the input
     */
    synchronized List<INDArray> backward(
            INDArray x, List<INDArray> inputs, INDArray dy, BitSet wanted, Phase phase, StepMemory memory) {
        Backward backward = backwards.computeIfAbsent(wanted, this::differentiate);
        phase.tell(backward.graph);
        Map<String, INDArray> placeholders = placeholders(x, inputs);
        placeholders.put(GRADIENT_OF_OUTPUT, dy);
        List<String> variables = new ArrayList<>(List.of(GraphCut.OUTPUT));
        backward.gradients.stream().filter(g -> !g.isEmpty()).forEach(variables::add);
        Map<String, INDArray> values = backward.session.run(variables, placeholders, memory);
        List<INDArray> results = new ArrayList<>(List.of(values.get(GraphCut.OUTPUT)));
        backward.gradients.forEach(g -> results.add(values.get(g)));
        return results;
    }

    /**
     * The gradients alone, each written to an array that is there.
     *
     * @param d that of x, and those of the wanted inputs in order; 0 where F does not depend on the input
     */
    synchronized void gradients(
            INDArray x,
            List<INDArray> inputs,
            INDArray dy,
            BitSet wanted,
            INDArray[] d,
            Phase phase,
            StepMemory memory) {
        Backward backward = backwards.computeIfAbsent(wanted, this::differentiate);
        phase.tell(backward.graph);
        Map<String, INDArray> placeholders = placeholders(x, inputs);
        placeholders.put(GRADIENT_OF_OUTPUT, dy);
        Map<String, INDArray> into = new LinkedHashMap<>();
        for (int i = 0; i < d.length; i++) {
            String gradient = backward.gradients.get(i);
            if (gradient.isEmpty()) {
                d[i].assign(0);
            } else {
                into.put(gradient, d[i]);
            }
        }
        Map<String, INDArray> values = backward.session.run(List.copyOf(into.keySet()), placeholders, into, memory);
        into.forEach((gradient, there) -> {
            if (values.get(gradient) != there) {
                there.assign(values.get(gradient));
            }
        });
    }

    private Backward differentiate(BitSet wanted) {
        SameDiff graph = decode();
        SDVariable y = graph.getVariable(GraphCut.OUTPUT);
        SDVariable dy = graph.placeHolder(GRADIENT_OF_OUTPUT, y.dataType());
        dy.setShape((long[]) null);
        new UpstreamLoss().of(y, dy)[0].rename(LOSS);
        graph.setLossVariables(LOSS);
        List<String> variables = new ArrayList<>(List.of(GraphCut.INPUT));
        wanted.stream().forEach(i -> variables.add(GraphCut.read(i)));
        graph.createGradFunction(variables.toArray(new String[0]));
        SameDiff withGradients = SameDiffInternals.gradientGraph(graph);
        List<String> gradients = variables.stream()
                .map(v -> withGradients.getVariable(v).getGradient())
                .map(g -> g == null ? "" : g.name())
                .toList();
        return new Backward(withGradients, new InnerSession(withGradients), gradients);
    }
}
