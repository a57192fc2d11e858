package org.revlayers.spark;

import java.util.List;
import org.apache.spark.storage.StorageLevel;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;

/** DL4J's training masters, set so that who trains on what is determined. */
final class Training {

    private Training() {}

    /**
     * Averages parameters and updater state over the partitions of the data, in order.
     *
     * @param size      examples of a batch, and of each {@code DataSet} of the data
     * @param frequency steps of a worker from one average to the next
     */
    static ParameterAveragingTrainingMaster averaging(int workers, int size, int frequency, TrainingHook... hooks) {
        return new ParameterAveragingTrainingMaster.Builder(workers, size)
                .batchSizePerWorker(size)
                .averagingFrequency(frequency)
                .saveUpdater(true)
                .rngSeed(1)
                .rddTrainingApproach(RDDTrainingApproach.Direct)
                .repartionData(Repartition.Never)
                .storageLevel(StorageLevel.MEMORY_ONLY_SER())
                .workerPrefetchNumBatches(0)
                .trainingHooks(List.of(hooks))
                .build();
    }
}
