package org.revlayers.internal.convert;

import java.util.Arrays;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A {@link ComputationGraph} on its way to becoming another one. */
final class GraphEdit extends NetworkEdit<ComputationGraph> {

    GraphEdit(ComputationGraph source) {
        super(source, copy(source));
    }

    private static ComputationGraphConfiguration copy(ComputationGraph source) {
        Initialized.check(source);
        return source.getConfiguration().clone();
    }

    @Override
    String label(String vertex) {
        return vertex;
    }

    @Override
    String vertex(String label) {
        return label;
    }

    @Override
    boolean isLine() {
        return false;
    }

    @Override
    Map<String, INDArray> parameters(String vertex) {
        GraphVertex of = source.getVertex(vertex);
        return of == null || of.paramTable(false) == null ? Map.of() : of.paramTable(false);
    }

    @Override
    ComputationGraph finish() {
        ComputationGraphConfiguration conf = conf();
        inputs().replaceAll((vertex, names) -> names.stream().map(this::renamed).toList());
        conf.setNetworkOutputs(
                conf.getNetworkOutputs().stream().map(this::renamed).toList());
        conf.setVertices(vertices());
        conf.setVertexInputs(inputs());
        conf.setIterationCount(source.getConfiguration().getIterationCount());
        conf.setEpochCount(source.getConfiguration().getEpochCount());
        ComputationGraph net = new ComputationGraph(conf);
        net.init(room(conf.getDataType()), false);
        fill(Arrays.stream(source.getVertices()).map(GraphVertex::getVertexName).toList(), vertex -> net.getVertex(
                        vertex)
                .paramTable(false));
        return net;
    }

    @Override
    String carryUpdater(ComputationGraph net) {
        return UpdaterStates.copy(
                source.getUpdater(false),
                net.getUpdater(),
                vertex -> ((GraphVertex) vertex).getVertexName(),
                this::moved);
    }

    @Override
    NetworkEdit<ComputationGraph> of(ComputationGraph net) {
        return new GraphEdit(net);
    }
}
