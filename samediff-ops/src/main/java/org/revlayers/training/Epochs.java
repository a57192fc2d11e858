package org.revlayers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Passes over data with the listeners of one call of {@code fit}. */
@RequiredArgsConstructor
final class Epochs {

    private final SameDiff graph;
    private final TrainingSteps steps;
    private final TrainingListeners listeners;
    private final Set<String> required;

    /** The mean loss of each epoch; fewer than wanted if a listener stops at the end of one. */
    List<Double> over(MultiDataSetIterator data, int epochs) {
        List<Double> means = new ArrayList<>();
        At at = steps.at();
        LossCurve curve = null;
        boolean stop = false;
        for (int epoch = 0; epoch < epochs && !stop; epoch++) {
            if (data.resetSupported() && (epoch > 0 || !data.hasNext())) {
                data.reset();
            }
            if (!data.hasNext()) {
                throw new IllegalArgumentException(
                        "the iterator has no data in epoch " + epoch + " and cannot be reset: give one that can");
            }
            long start = System.currentTimeMillis();
            Loss mean = epoch(data, at);
            curve = curve == null
                    ? new LossCurve(mean.getLosses(), mean.getLossNames())
                    : curve.addLossAndCopy(mean.getLosses(), mean.getLossNames());
            means.add(mean.totalLoss());
            config().incrementEpochCount();
            LossCurve sofar = curve;
            stop = listeners.stops(l -> l.epochEnd(graph, at, sofar, System.currentTimeMillis() - start));
        }
        return means;
    }

    private Loss epoch(MultiDataSetIterator data, At at) {
        at.setEpoch(config().getEpochCount());
        listeners.each(l -> l.epochStart(graph, at));
        double[] sums = null;
        List<String> names = null;
        int count = 0;
        for (; data.hasNext(); count++) {
            long start = System.currentTimeMillis();
            MultiDataSet batch = data.next();
            at.setIteration(config().getIterationCount());
            Loss loss = steps.step(batch, at, listeners, required, System.currentTimeMillis() - start);
            names = loss.getLossNames();
            sums = sums == null ? new double[loss.getLosses().length] : sums;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += loss.getLosses()[i];
            }
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= count;
        }
        return new Loss(names, sums);
    }

    private TrainingConfig config() {
        return graph.getTrainingConfig();
    }
}
