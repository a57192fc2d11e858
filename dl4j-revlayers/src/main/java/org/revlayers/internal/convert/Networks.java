package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.convert.Sample;

/** What networks of both kinds have. */
final class Networks {

    private Networks() {}

    static Layer[] layers(Model net) {
        return net instanceof MultiLayerNetwork line ? line.getLayers() : ((ComputationGraph) net).getLayers();
    }

    /** Null if it has not begun to train. */
    static BaseMultiLayerUpdater<?> updater(Model net) {
        return (BaseMultiLayerUpdater<?>)
                (net instanceof MultiLayerNetwork line
                        ? line.getUpdater(false)
                        : ((ComputationGraph) net).getUpdater(false));
    }

    /** How many arrays a network reads. */
    static int inputs(Model net) {
        return net instanceof ComputationGraph graph ? graph.getNumInputArrays() : 1;
    }

    /** All values that a network gives, a copy; in a row if there are several outputs. */
    static INDArray outputs(Model net, INDArray... sample) {
        if (net instanceof MultiLayerNetwork line) {
            return line.output(sample[0]).dup();
        }
        List<INDArray> flat = new ArrayList<>();
        for (INDArray output : ((ComputationGraph) net).output(sample)) {
            flat.add(output.dup('c').reshape(output.length()));
        }
        return Nd4j.concat(0, flat.toArray(INDArray[]::new));
    }

    /** Refuses a sample of another number of arrays than the network reads. */
    static void check(Sample sample, Model net) {
        if (sample.arrays().size() != inputs(net)) {
            throw new IllegalArgumentException("sample needs one array per input of the network, " + inputs(net)
                    + "; got " + sample.arrays().size() + ": give one of each, in the network's order");
        }
    }
}
