package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.PredictsKept;

/** What DL4J lets users set on a live layer has the effect that it has on DL4J's own. */
class SettersContractTest {

    private static final String ALL = "org.revlayers.layers.LayerCase#all";

    private static INDArray gradient(MultiLayerNetwork net, DataSet batch) {
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        return net.getFlattenedGradients();
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void everyParameterCanBeSetByName(LayerCase layer) {
        MultiLayerNetwork net = layer.net();
        INDArray x = layer.data(3, 1).getFeatures();
        for (Map.Entry<String, INDArray> e : net.paramTable().entrySet()) {
            INDArray other = e.getValue().mul(0.9).addi(0.01);
            net.setParam(e.getKey(), other);
            Compare.same(other, net.getParam(e.getKey()), e.getKey());
        }
        MultiLayerNetwork twin = layer.net();
        twin.setParams(net.params().dup());
        Compare.same(twin.output(x), net.output(x), "output");
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void gradientsGoWhereTheViewIs(LayerCase layer) {
        DataSet batch = layer.data(3, 1);
        MultiLayerNetwork twin = layer.net();
        gradient(twin, batch); // the first one makes a network's own views
        INDArray expected = gradient(twin, batch).dup();
        MultiLayerNetwork net = layer.net();
        gradient(net, batch);
        List<INDArray> views = new ArrayList<>();
        for (Layer part : net.getLayers()) {
            if (part.numParams() > 0) {
                INDArray view = Nd4j.zeros(net.params().dataType(), 1, part.numParams());
                part.setBackpropGradientsViewArray(view);
                views.add(view);
            }
        }
        gradient(net, batch);
        Compare.same(
                expected.reshape(expected.length()),
                Nd4j.concat(1, views.toArray(INDArray[]::new)).reshape(expected.length()),
                "gradients");
    }

    @ParameterizedTest
    @MethodSource(ALL)
    void countersAndListenersAreKept(LayerCase layer) {
        MultiLayerNetwork net = layer.net();
        TrainingListener listener = new ScoreIterationListener(1);
        net.setListeners(listener);
        for (Layer part : net.getLayers()) {
            assertTrue(part.getListeners().contains(listener), part.conf().getLayer()::toString);
            part.setIterationCount(9);
            part.setEpochCount(2);
            assertEquals(9, part.getIterationCount());
            assertEquals(2, part.getEpochCount());
        }
    }

    /** Of a layer's input, as of stock layers: in training only, and from the next forward on. */
    @ParameterizedTest
    @MethodSource(ALL)
    void dropoutCanBeSetOnALiveLayer(LayerCase layer) {
        MultiLayerNetwork net = layer.net();
        INDArray x = layer.data(3, 1).getFeatures();
        INDArray inference = net.output(x).dup();
        assumeTrue(inference.equals(net.output(x, true)), "draws random numbers of its own");
        for (Layer part : net.getLayers()) {
            if (part.conf().getLayer() instanceof PredictsKept) {
                part.conf().getLayer().setIDropout(new Dropout(0.5));
                break;
            }
        }
        INDArray training = net.output(x, true).dup();
        assertTrue(training.distance2(inference) > 1e-3, "training");
        Compare.same(inference, net.output(x), "inference");
    }
}
