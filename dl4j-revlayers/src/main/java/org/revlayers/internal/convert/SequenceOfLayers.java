package org.revlayers.internal.convert;

import java.util.List;
import java.util.Map;
import org.revlayers.container.CheckpointSequence;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.ConversionReport;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.layers.BlockMemory;
import org.revlayers.keep.Memory;

/**
 * A run of layers that becomes a sequence.
 *
 * @param own what single layers inside have to themselves, by their names
 */
record SequenceOfLayers(Run run, Memory memory, Map<String, Memory> own) implements Planned {

    @Override
    public List<String> vertices() {
        return run.vertices();
    }

    @Override
    public String kind() {
        return switch (memory.kind()) {
            case CHECKPOINT -> ConversionReport.CHECKPOINT;
            case RAZOR -> ConversionReport.RAZOR;
            case IN_PLACE -> ConversionReport.IN_PLACE;
            case HALF -> ConversionReport.HALF;
            case INT8 -> ConversionReport.INT8;
            default -> ConversionReport.STORE;
        };
    }

    @Override
    public Built build(NetworkEdit<?> edit, GraphIndex graph) {
        boolean checkpoint = memory.kind() == Memory.Kind.CHECKPOINT;
        LayerSequence made =
                new Sequences(edit).contain(graph, run, prefix(), names -> checkpoint ? checkpoint() : thinned(names));
        Memory inside = memory.kind() == Memory.Kind.STORE ? memory : memory.inside();
        if (inside != null) {
            InPlace.set(made, inside);
        }
        if (memory.isWhole()) {
            InPlace.withoutRazors(made);
        }
        if (made instanceof RazorSequence razor && memory.thins()) {
            razor.equip(memory.thin().probabilities());
        }
        if (memory.onDisk() && made instanceof RazorSequence stored) {
            stored.setOnDisk(OnDisk.butLast(stored.getLayers()));
        }
        return new Built(made.getLayerName(), 0);
    }

    /** How the layer's name begins. */
    private String prefix() {
        return switch (memory.kind()) {
            case CHECKPOINT -> "rest";
            case RAZOR -> "razor";
            case IN_PLACE -> "inplace";
            case HALF -> "half";
            case INT8 -> "int8";
            default -> "stored";
        };
    }

    private LayerSequence checkpoint() {
        return new CheckpointSequence.Builder().stockHosts(memory.stockHosts()).build();
    }

    private LayerSequence thinned(Map<String, String> names) {
        RazorSequence.Builder builder = new RazorSequence.Builder().memory(BlockMemory.ofSequence(memory));
        names.forEach((inside, layer) -> {
            Memory other = own.get(layer);
            if (other != null) {
                builder.memory(inside, other);
            }
        });
        return builder.build();
    }
}
