package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.keep.Memory;

/**
 * A run of layers that becomes one sequence of parts, each a sequence with a memory of its own: what lies between two parts lives no longer than backward
 * needs it, where a network would hold it to the end of the step.
 *
 * @param parts the run, cut
 */
record PlannedRun(Run run, List<Part> parts) implements Planned {

    /**
     * Pieces in a row.
     *
     * @param memory of them: {@code store}, {@code recompute}, {@code approx}, {@code half}, {@code razor} or {@code checkpoint}
     */
    record Part(Run run, Memory memory) {

        /** An empty sequence for the layers. */
        LayerSequence empty() {
            if (memory.kind() == Memory.Kind.CHECKPOINT) {
                return new CheckpointSequence.Builder().build();
            }
            return new RazorSequence.Builder()
                    .memory(memory.thins() ? memory : Memory.store())
                    .build();
        }

        /** What layers keep inside, once they are there. */
        void fill(LayerSequence made) {
            if (memory.thins()) {
                ((RazorSequence) made).equip(memory.thin().probabilities());
            } else if (memory.kind() != Memory.Kind.CHECKPOINT) {
                InPlace.set(made, memory);
            }
        }
    }

    @Override
    public List<String> vertices() {
        return run.vertices();
    }

    @Override
    public String kind() {
        return ConversionReport.PLANNED;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        List<LayerSequence> made = parts.stream().map(Part::empty).toList();
        LayerSequence all = new Sequences(edit)
                .contain(graph, run, "planned", parts.stream().map(Part::run).toList(), new ArrayList<>(made));
        for (int i = 0; i < made.size(); i++) {
            parts.get(i).fill(made.get(i));
        }
        return new Built(all.getLayerName(), 0);
    }
}
