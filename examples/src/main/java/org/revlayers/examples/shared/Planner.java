package org.revlayers.examples.shared;

import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.MemoryPlan;
import org.revlayers.reversible.CoefficientSchedule;

/** Gives the method that plans its plan. */
@FunctionalInterface
public interface Planner {

    /**
     * The plan for a network.
     *
     * @param batch    that it will be trained with
     * @param schedule of α and β, for chains that the plan may have
     */
    MemoryPlan plan(Model net, DataSet batch, CoefficientSchedule schedule);
}
