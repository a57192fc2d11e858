package org.revlayers.examples.shared;

import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.CoefficientSchedule;

/**
 * Makes of a network what a method trains.
 *
 * @param method   of training
 * @param schedule of α and β, for chains, those of a plan too
 * @param razor    for the methods that thin
 * @param planner  for the one that plans
 * @param words    for the one that is said in words
 * @param bsr      for those that train some blocks
 */
public record Conversion(
        TrainingMethod method,
        CoefficientSchedule schedule,
        Memory razor,
        Planner planner,
        Memory words,
        BsrChoice bsr) {

    /**
     * A network of this library's layers: as it is, unless the method converts.
     *
     * @param batch that it will be trained with, to plan for
     */
    public MultiLayerNetwork of(MultiLayerNetwork net, Supplier<DataSet> batch) {
        if (method == TrainingMethod.PLAN) {
            return byPlan(net, batch);
        }
        if (method == TrainingMethod.MEMORY) {
            return Lean.convert(net, words).network();
        }
        MultiLayerNetwork start = method.reprograms() ? bsr.of(net, method).network() : net;
        if (!method.converts()) {
            return start;
        }
        MultiLayerNetwork lean =
                Lean.convert(start, method.memory(schedule, razor)).network();
        return joins(lean) ? Lean.join(lean) : lean;
    }

    /** A graph of stock layers, which all methods run on this library's hosts: the plain one in sequences that keep everything. */
    public ComputationGraph of(ComputationGraph net, Supplier<DataSet> batch) {
        if (method == TrainingMethod.PLAN) {
            return byPlan(net, batch);
        }
        if (method == TrainingMethod.MEMORY) {
            return Lean.convert(net, words).network();
        }
        ComputationGraph start = method.reprograms() ? bsr.of(net, method).network() : net;
        if (method.reprograms() && !method.converts()) {
            return start;
        }
        Memory memory = method.converts() ? method.memory(schedule, razor) : Memory.store();
        boolean chains = method.chains() && !method.reprograms();
        ComputationGraph lean = Lean.convert(start, chains ? memory.otherwise(Memory.checkpoint()) : memory)
                .network();
        return joins(lean) ? Lean.join(lean) : lean;
    }

    /** Whether chains and checkpoints stand in a line. */
    private boolean joins(Model lean) {
        return method.chains() && !Lean.joinable(lean).isEmpty();
    }

    private <N extends Model> N byPlan(N net, Supplier<DataSet> batch) {
        return planner.plan(net, batch.get(), schedule).apply(net);
    }
}
