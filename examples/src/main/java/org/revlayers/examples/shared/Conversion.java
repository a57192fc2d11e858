package org.revlayers.examples.shared;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Makes of a network what a method trains.
 *
 * @param method   of training
 * @param schedule of α and β, for chains
 * @param razor    for the methods that thin
 */
public record Conversion(TrainingMethod method, CoefficientSchedule schedule, Memory razor) {

    /** A network of this library's layers: as it is, unless the method converts. */
    public MultiLayerNetwork of(MultiLayerNetwork net) {
        return method.converts()
                ? Lean.convert(net, method.memory(schedule, razor)).network()
                : net;
    }

    /** A graph of stock layers, which all methods run on this library's hosts: the plain one in sequences that keep everything. */
    public ComputationGraph of(ComputationGraph net) {
        Memory memory = method.converts() ? method.memory(schedule, razor) : Memory.store();
        memory = method.chains() ? memory.otherwise(Memory.checkpoint()) : memory;
        return Lean.convert(net, memory).network();
    }
}
