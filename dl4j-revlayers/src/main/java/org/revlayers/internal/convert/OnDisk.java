package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.keep.Memory;

/**
 * A run of layers that becomes checkpoints in one sequence, which has their inputs on a disk: a network would hold those of checkpoints of its own.
 *
 * @param run   of all
 * @param parts of it, two or more, each of which is computed again as a whole
 */
record OnDisk(Run run, List<Run> parts, Memory memory) implements Planned {

    /** Names of layers of a sequence whose backward does not begin at once. */
    static List<String> butLast(List<Layer> layers) {
        return new ArrayList<>(layers.subList(0, layers.size() - 1).stream()
                .map(Layer::getLayerName)
                .toList());
    }

    @Override
    public List<String> vertices() {
        return run.vertices();
    }

    @Override
    public String kind() {
        return ConversionReport.CHECKPOINT;
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        RazorSequence all = (RazorSequence) new Sequences(edit)
                .contain(
                        graph,
                        run,
                        "rest",
                        parts.stream()
                                .<Sequences.Nest>map(part -> new Sequences.Layers(checkpoint(), part))
                                .toList());
        all.setStockHosts(memory.stockHosts());
        if (memory.inside() != null) {
            InPlace.set(all, memory.inside());
        }
        all.setOnDisk(butLast(all.getLayers()));
        return new Built(all.getLayerName(), 0);
    }

    private CheckpointSequence checkpoint() {
        return new CheckpointSequence.Builder().stockHosts(memory.stockHosts()).build();
    }
}
