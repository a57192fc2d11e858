package org.revlayers.internal.planner;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ChainHost;
import org.revlayers.internal.convert.PlanUnits;

/** The shapes that units read in a batch: those of one example that runs through the network, with its masks, with as many rows as the batch has of it. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class UnitShapes {

    static List<UnitShape> of(Model net, PlanUnits units, Batch batch) {
        Map<String, INDArray> outputs = outputs(net, units, batch.one());
        Map<String, INDArray> masks = UnitMasks.of(net, units.line(), batch.masksOfOne());
        return units.units().stream()
                .map(unit -> {
                    long[] shape = read(unit.before(), outputs.get(unit.source()));
                    shape[0] *= batch.size();
                    return new UnitShape(
                            unit.stem() == null
                                    ? shape
                                    : chain(net, units, unit.stem()).stemShape(shape),
                            mask(unit.before(), masks.get(unit.source()), batch.size()));
                })
                .toList();
    }

    private static long @Nullable [] mask(InputPreProcessor before, @Nullable INDArray from, long examples) {
        INDArray one = before == null || from == null
                ? from
                : before.clone().feedForwardMaskArray(from, MaskState.Active, 1).getFirst();
        if (one == null) {
            return null;
        }
        long[] shape = one.shape().clone();
        shape[0] *= examples;
        return shape;
    }

    private static Map<String, INDArray> outputs(Model net, PlanUnits units, INDArray... one) {
        if (net instanceof ComputationGraph graph) {
            return graph.feedForward(one, false);
        }
        List<INDArray> outputs = ((MultiLayerNetwork) net).feedForward(one[0], false);
        Map<String, INDArray> named = new HashMap<>();
        List<String> order = units.line();
        for (int i = 0; i < outputs.size(); i++) {
            named.put(order.get(i), outputs.get(i));
        }
        return named;
    }

    private static ChainHost chain(Model net, PlanUnits units, String name) {
        return (ChainHost)
                (net instanceof ComputationGraph graph
                        ? graph.getLayer(name)
                        : ((MultiLayerNetwork) net).getLayer(units.line().indexOf(name) - 1));
    }

    private static long[] read(InputPreProcessor before, INDArray from) {
        return before == null
                ? from.shape().clone()
                : before.clone() // some note the shapes that they see
                        .preProcess(from, 1, LayerWorkspaceMgr.noWorkspaces())
                        .shape()
                        .clone();
    }
}
