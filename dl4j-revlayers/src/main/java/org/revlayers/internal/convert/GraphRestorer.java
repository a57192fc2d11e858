package org.revlayers.internal.convert;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.RestorationReport;
import org.revlayers.internal.graph.GraphRestore;

/** The way back of {@link GraphConverter}, with the words of networks. */
public final class GraphRestorer {

    private GraphRestorer() {}

    /**
     * A new graph.
     *
     * @param sample values of placeholders to compare with; empty for none
     * @throws IllegalArgumentException if nothing has a plain form
     */
    public static Restoration<SameDiff> restore(SameDiff sd, Map<String, INDArray> sample) {
        GraphRestore.Result result = GraphRestore.restore(sd, sample);
        List<RestorationReport.Chain> chains = result.chains().entrySet().stream()
                .map(chain -> new RestorationReport.Chain(
                        chain.getKey(),
                        chain.getValue().alpha(),
                        chain.getValue().beta()))
                .toList();
        List<ConversionReport.Left> left = result.left().entrySet().stream()
                .map(stays -> new ConversionReport.Left(stays.getKey(), stays.getValue()))
                .toList();
        RestorationReport.Comparison comparison = result.difference().isEmpty()
                ? null
                : new RestorationReport.Comparison(
                        result.difference().getAsDouble(), result.largest().getAsDouble());
        return new Restoration<>(result.graph(), new RestorationReport(chains, List.of(), left, comparison));
    }
}
