package org.revlayers.internal.planner;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.convert.PlanUnits;
import org.revlayers.keep.Memory;
import org.revlayers.plan.Exactness;

/** A network of DL4J's. */
public record TrainableNetwork(Model net) implements Trainable {

    @Override
    public NetworkFigures measure(Batch batch, Exactness allowed, Memory reversible, boolean disk) {
        DataType type = net instanceof MultiLayerNetwork line
                ? line.getLayerWiseConfigurations().getDataType()
                : ((ComputationGraph) net).getConfiguration().getDataType();
        return NetworkFigures.of(net, type, batch.withLabels(), allowed, reversible, disk);
    }

    @Override
    public long weightBytes() {
        return Trainable.bytes(net.params());
    }

    @Override
    public long stateBytes() {
        return Trainable.bytes(
                net instanceof MultiLayerNetwork line
                        ? line.getUpdater().getStateViewArray()
                        : ((ComputationGraph) net).getUpdater().getStateViewArray());
    }

    @Override
    public boolean hasBatchNormalization() {
        return PlanUnits.hasBatchNormalization(net);
    }

    @Override
    public boolean isTried() {
        return false;
    }
}
