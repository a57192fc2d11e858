package org.revlayers.examples.shared;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Razor;
import org.revlayers.convert.RazorOptions;
import org.revlayers.convert.Reversify;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Makes of a network what a method trains.
 *
 * @param method   of training
 * @param schedule of α and β, for chains
 * @param razor    for the methods that thin
 */
public record Conversion(TrainingMethod method, CoefficientSchedule schedule, RazorOptions razor) {

    /** A network of this library's layers: as it is, unless the method chains or thins. */
    public MultiLayerNetwork of(MultiLayerNetwork net) {
        if (method.chains()) {
            return Reversify.convert(net, method.conversion(schedule)).network();
        }
        return method.thins() ? Razor.convert(net, razor).network() : net;
    }

    /**
     * A graph of stock layers, which all methods run on this library's hosts: the plain one as razor sequences whose razor is off, so that
     * everything is kept and exact.
     */
    public ComputationGraph of(ComputationGraph net) {
        if (method.chains()) {
            return Reversify.convert(net, method.conversion(schedule)).network();
        }
        ComputationGraph converted = Razor.convert(net, razor).network();
        if (!method.thins()) {
            for (org.deeplearning4j.nn.api.Layer layer : converted.getLayers()) {
                if (layer.conf().getLayer() instanceof RazorSequence sequence) {
                    sequence.setThinning(null);
                }
            }
        }
        return converted;
    }
}
