package org.revlayers.internal.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.revlayers.internal.backend.GraphOutputs;

/**
 * What parts of a graph read in a batch.
 *
 * @param ends   shapes of their inputs and values
 * @param values of what else they read, but parameters and constants
 */
public record UnitSample(Map<String, LongShapeDescriptor> ends, Map<String, INDArray> values) {

    /** Runs the graph's forward; it is not changed. The parts' inputs are in memory at once then, as in a training whose parts are all computed again. */
    public static UnitSample of(SameDiff graph, List<GraphUnit> units, Map<String, INDArray> placeholders) {
        Set<String> ends = new LinkedHashSet<>();
        Set<String> reads = new LinkedHashSet<>();
        for (GraphUnit unit : units) {
            ends.addAll(List.of(unit.input(), unit.output()));
            reads.addAll(UnitGraph.read(graph, unit));
        }
        return new UnitSample(
                GraphKept.shapes(graph, ends, placeholders), GraphOutputs.once(graph, placeholders, reads));
    }

    /** Of a part's input or value. */
    public long[] shape(String end) {
        return ends.get(end).getShape();
    }

    /** Of all that a part reads but parameters, in the order of its ops. */
    public List<long[]> shapes(SameDiff graph, GraphUnit unit) {
        List<long[]> shapes = new ArrayList<>(List.of(shape(unit.input()), shape(unit.output())));
        UnitGraph.read(graph, unit).forEach(name -> shapes.add(values.get(name).shape()));
        return shapes;
    }

    /** Of the placeholders of a part by itself. */
    public Map<String, long[]> shapes(UnitGraph part, GraphUnit unit) {
        Map<String, long[]> shapes = new HashMap<>();
        for (int i = 0; i < part.inputs().size(); i++) {
            shapes.put(
                    part.inputs().get(i),
                    switch (i) {
                        case 0 -> shape(unit.input());
                        case 1 -> shape(unit.output());
                        default -> values.get(part.reads().get(i - 2)).shape();
                    });
        }
        return shapes;
    }
}
