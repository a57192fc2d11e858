package org.revlayers.internal.planner;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.BatchNorm;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.convert.GraphPlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Exactness;

/** A SameDiff graph. ND4J runs its ops in an order of its own, so plans are tried. */
public record TrainableGraph(SameDiff graph) implements Trainable {

    @Override
    public NetworkFigures measure(Batch batch, Exactness allowed, Memory reversible, boolean disk) {
        Map<String, INDArray> placeholders = batch.placeholders(graph);
        return GraphFigures.of(graph, new GraphPlanUnits(graph, batch.shapes(graph)), batch, placeholders, allowed);
    }

    @Override
    public long weightBytes() {
        return graph.variables().stream()
                .filter(SameDiffInternals::isTrained)
                .mapToLong(v -> Trainable.bytes(v.getArr()))
                .sum();
    }

    @Override
    public long stateBytes() {
        return graph.variables().stream()
                .filter(SameDiffInternals::isTrained)
                .mapToLong(v -> graph.getTrainingConfig()
                                .getUpdater()
                                .stateSize(v.getArr().length())
                        * v.dataType().width())
                .sum();
    }

    @Override
    public boolean hasBatchNormalization() {
        return graph.getOps().values().stream().anyMatch(op -> op.getOp() instanceof BatchNorm);
    }

    @Override
    public boolean isTried() {
        return true;
    }
}
