package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.api.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.inner.NormHosts;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.keep.Memory;

/** Batch normalisations of runs that are to work in place. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class NormsInPlace {

    /** Why there is nothing for them in a run; null if there is. */
    static String obstacle(GraphIndex graph, Run run, Memory memory) {
        DataType type = graph.conf().getDataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            return "the network is " + type + ", and batch normalisations work in place in FLOAT and DOUBLE";
        }
        RazorSequence probe = new RazorSequence.Builder()
                .memory(BlockMemory.ofSequence(memory))
                .build();
        probe.getLayers().addAll(Sequences.layers(graph, run));
        List<String> left = new ArrayList<>(probe.norms().values());
        if (left.isEmpty()) {
            return "in no run with a batch normalisation of DL4J";
        }
        return left.stream().allMatch(NormHosts::isLeft) ? "batch normalisation " + left.get(0) : null;
    }

    /**
     * What has become of the batch normalisations inside the sequences that a conversion has made, by the names that they had in the network.
     *
     * @param layers of the converted network
     */
    static List<ConversionReport.Norm> norms(List<ConversionReport.Unit> made, Layer... layers) {
        List<ConversionReport.Norm> norms = new ArrayList<>();
        RazorSequences.those(List.of(ConversionReport.IN_PLACE), made, layers)
                .forEach(sequence -> RazorSequences.named(sequence, sequence.norms())
                        .forEach((name, what) -> norms.add(new ConversionReport.Norm(name, what))));
        return norms;
    }
}
