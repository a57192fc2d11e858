package org.revlayers.internal.convert;

import java.util.List;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.keep.Memory;

/**
 * A run of layers that becomes one sequence of parts, each a sequence with a memory of its own: what lies between two parts lives no longer than backward
 * needs it, where a network would hold it to the end of the step.
 *
 * @param parts the run, cut
 */
record PlannedRun(Run run, List<Part> parts) implements Planned {

    /**
     * Units in a row that are kept together.
     *
     * @param units  one; or several for {@code checkpoint}: then everything is kept within each while the part is computed again
     * @param memory of them: {@code store}, {@code recompute}, {@code approx}, {@code inPlace}, {@code half}, {@code int8}, {@code razor}, {@code checkpoint} or {@code reversible}
     * @param chain  that several units become if they are reversible; else null
     */
    record Part(List<Run> units, Memory memory, PlannedChain chain) {

        /** The container for the layers, without them. */
        Sequences.Nest empty(NetworkEdit<?> edit, GraphIndex graph) {
            if (chain != null) {
                return new Sequences.Chain(chain.chain(edit, graph, null), chain);
            }
            if (units.size() == 1) {
                return new Sequences.Layers(sequence(memory), units.get(0));
            }
            return new Sequences.Containers(
                    sequence(memory),
                    units.stream()
                            .<Sequences.Nest>map(unit -> new Sequences.Layers(sequence(Memory.store()), unit))
                            .toList());
        }

        private static LayerSequence sequence(Memory memory) {
            if (memory.kind() == Memory.Kind.CHECKPOINT) {
                return new CheckpointSequence.Builder().build();
            }
            return new RazorSequence.Builder()
                    .memory(BlockMemory.ofSequence(memory.onDisk() ? memory.onDisk(false) : memory))
                    .build();
        }

        /** What layers keep inside, once they are there. */
        void fill(ContainerLayer made) {
            boolean again = memory.kind() == Memory.Kind.CHECKPOINT || chain != null;
            boolean stores = again || memory.thins() || memory.onDisk() || memory.kind() == Memory.Kind.IN_PLACE;
            InPlace.set(made, stores ? Memory.store() : memory); // whatever they were built with
            if (memory.thins()) {
                ((RazorSequence) made).equip(memory.thin().probabilities());
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
        List<Sequences.Nest> made =
                parts.stream().map(part -> part.empty(edit, graph)).toList();
        LayerSequence all = new Sequences(edit).contain(graph, run, "planned", made);
        for (int i = 0; i < made.size(); i++) {
            parts.get(i).fill(made.get(i).container());
            if (parts.get(i).memory().onDisk()) {
                ((RazorSequence) all).getOnDisk().add(made.get(i).container().getLayerName());
            }
        }
        return new Built(all.getLayerName(), 0);
    }
}
