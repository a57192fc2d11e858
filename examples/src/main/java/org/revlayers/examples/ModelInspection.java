package org.revlayers.examples;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.text.Printable;

/**
 * What a saved network's layers and vertices have and would keep, from its configuration alone.
 *
 * @param rows in the order of the forward pass
 */
record ModelInspection(List<Row> rows) {

    /** Characters of a name that are lined up, and that are shown. */
    private static final int WIDEST = 60;

    private static final int LONGEST = 100;

    private static final double MIB = 1 << 20;

    /**
     * One layer or vertex.
     *
     * @param kind       class of the layer or vertex
     * @param parameters their number
     * @param rows       that the layer reads per example: steps, where sequences become rows
     * @param kept       beside the output, per row
     * @param output     elements per example
     */
    record Row(String name, String kind, long parameters, long rows, List<Prediction> kept, long output) {

        Row {
            if (output <= 0) {
                throw new IllegalArgumentException("nothing is left of it at \"" + name + "\"");
            }
        }

        static Row of(String name, NeuralNetConfiguration conf, TypeFlow input, TypeFlow output) {
            Layer layer = conf.getLayer();
            return new Row(
                    name,
                    layer.getClass().getSimpleName(),
                    layer.initializer().numParams(conf),
                    input.rows(),
                    layer instanceof PredictsKept p ? p.predictKept(input.type()) : List.of(),
                    output.elements());
        }

        /** Bytes for backward in fp32. */
        long bytes(int batch) {
            return kept.stream()
                            .mapToLong(k -> k.bytes(Math.multiplyExact(rows, batch), Float.BYTES))
                            .sum()
                    + output * batch * Float.BYTES;
        }

        private String tensors() {
            StringBuilder text = new StringBuilder("output");
            kept.forEach(k -> text.append(", ")
                    .append(k.name())
                    .append(' ')
                    .append(k.form().name().toLowerCase(Locale.ROOT)));
            return text.toString();
        }
    }

    static ModelInspection of(MultiLayerConfiguration conf, InputShapes shapes) {
        shapes.check(List.of("input"));
        InputType input =
                shapes.of(0, "the input", shapes.told(conf.getConf(0).getLayer(), conf.getInputPreProcess(0)));
        List<Row> rows = new ArrayList<>();
        try {
            TypeFlow flow = TypeFlow.of(input);
            for (int i = 0; i < conf.getConfs().size(); i++) {
                Layer layer = conf.getConf(i).getLayer();
                TypeFlow read = flow.after(conf.getInputPreProcess(i));
                flow = read.through(layer, i);
                String name = layer.getLayerName() == null ? Integer.toString(i) : layer.getLayerName();
                rows.add(Row.of(name, conf.getConf(i), read, flow));
            }
        } catch (RuntimeException e) {
            throw unreadable(List.of(input), e);
        }
        return new ModelInspection(rows);
    }

    static ModelInspection of(ComputationGraphConfiguration conf, InputShapes shapes) {
        List<String> inputs = conf.getNetworkInputs();
        shapes.check(inputs);
        List<InputType> types = new ArrayList<>();
        for (String input : inputs) {
            types.add(shapes.of(types.size(), "\"" + input + "\"", told(conf, input, shapes)));
        }
        List<Row> rows = new ArrayList<>();
        try {
            Map<String, TypeFlow> flows = new HashMap<>();
            // in topological order
            Map<String, InputType> outputs = conf.getLayerActivationTypes(true, false, types.toArray(InputType[]::new));
            outputs.forEach((name, type) -> {
                GraphVertex vertex = conf.getVertices().get(name);
                if (vertex == null) {
                    flows.put(name, TypeFlow.of(type));
                    return;
                }
                TypeFlow from = flows.get(conf.getVertexInputs().get(name).get(0));
                if (vertex instanceof LayerVertex v) {
                    TypeFlow read = from.after(v.getPreProcessor());
                    flows.put(name, read.through(v.getLayerConf().getLayer(), rows.size()));
                    rows.add(Row.of(name, v.getLayerConf(), read, flows.get(name)));
                } else {
                    flows.put(name, from.to(type));
                    rows.add(new Row(
                            name,
                            vertex.getClass().getSimpleName(),
                            vertex.numParams(true),
                            from.rows(),
                            List.of(),
                            flows.get(name).elements()));
                }
            });
        } catch (RuntimeException e) {
            throw unreadable(types, e);
        }
        return new ModelInspection(rows);
    }

    /** What the layers that read an input tell about it; null if none does. */
    private static InputType told(ComputationGraphConfiguration conf, String input, InputShapes shapes) {
        return conf.getVertexInputs().entrySet().stream()
                .filter(e -> e.getValue().contains(input))
                .map(e -> conf.getVertices().get(e.getKey()))
                .map(v -> v instanceof LayerVertex l
                        ? shapes.told(l.getLayerConf().getLayer(), l.getPreProcessor())
                        : null)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static IllegalArgumentException unreadable(List<InputType> inputs, RuntimeException e) {
        String reason =
                e instanceof ClassCastException ? "its layers read another number of dimensions" : e.getMessage();
        return new IllegalArgumentException(
                "the model cannot read " + inputs + ": give the shape of an example with --input (" + reason + ")", e);
    }

    void print(PrintWriter out, int batch) {
        int width = rows.stream().mapToInt(r -> r.name().length()).max().orElse(0);
        String name = "%-" + Math.max(Math.min(width, WIDEST), 14) + "s ";
        out.printf(name + "%-24s %12s %10s  %s%n", "layer", "kind", "parameters", "kept MiB", "kept for backward");
        long all = 0;
        for (Row r : rows) {
            all += r.bytes(batch);
            out.printf(
                    Locale.ROOT,
                    name + "%-24s %12d %10.2f  %s%n",
                    Printable.of(r.name(), LONGEST),
                    r.kind(),
                    r.parameters(),
                    r.bytes(batch) / MIB,
                    r.tensors());
        }
        out.printf(
                Locale.ROOT,
                "%d parameters, %.1f MiB for backward in fp32 with batch %d (predicted)%n",
                rows.stream().mapToLong(Row::parameters).sum(),
                all / MIB,
                batch);
    }
}
