package org.revlayers.internal.convert;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/** What a {@link Memory} says of the variables of a graph; what a graph has no form for is refused. */
final class GraphChoices {

    private final Memory all;
    private final Choices choices;
    private final List<String> names;

    /**
     * @param names of the graph's variables
     * @throws IllegalArgumentException for a kind or a setting that a graph has no form for, and as {@link Choices} does
     */
    GraphChoices(Memory all, Collection<String> names) {
        this.all = all;
        this.names = List.copyOf(names);
        this.choices = new Choices(all, this.names);
        for (Memory stage = all; stage != null; stage = stage.otherwise()) {
            boolean chains = stage.kind() == Memory.Kind.REVERSIBLE || stage.kind() == Memory.Kind.CHECKPOINT;
            if (!chains && !stage.thins()) {
                throw new IllegalArgumentException(
                        "a SameDiff graph can be reversible, checkpoint, razor, half or int8, not " + stage
                                + ": for others use the ops of RevOps when it is built");
            }
            check(stage);
        }
        all.at().forEach(this::check);
    }

    /** Settings of one stage, or of single variables. */
    private static void check(Memory memory) {
        Memory.Thin thin = memory.thin();
        refuse(memory, memory.inside() != null, "inside");
        refuse(memory, memory.stockHosts(), "stockHosts");
        refuse(memory, memory.onDisk(), "disk");
        refuse(memory, memory.chain().stem(), "stem");
        refuse(memory, thin.forward(), "forward");
        refuse(memory, thin.probabilities(), "probabilities");
        boolean razor = memory.kind() == Memory.Kind.RAZOR;
        refuse(memory, razor && thin.activations() != ActivationMemory.TWO_BIT, "activations");
    }

    private static void refuse(Memory memory, boolean set, String setting) {
        if (set) {
            throw new IllegalArgumentException(
                    "the setting \"" + setting + "\" of the memory " + memory
                            + " has no form in a SameDiff graph: leave it out, or use the ops of RevOps when the graph is built");
        }
    }

    private void check(String pattern, Memory own) {
        check(own);
        refuse(own, own.otherwise() != null, "otherwise");
        boolean asAll = isAsAll(own);
        boolean thinned = false;
        for (Memory stage = all; stage != null; stage = stage.otherwise()) {
            thinned |= stage.thins()
                    && own.thins()
                    && own.thin().values() == stage.thin().values();
        }
        if (!asAll && !thinned && own.kind() != Memory.Kind.STORE) {
            throw new IllegalArgumentException(
                    "in a SameDiff graph \"at\" can leave variables as they are (store) or give"
                            + " them another ratio of a razor with the same values that all others have, itself or otherwise; got "
                            + own + " at \"" + pattern + "\" in " + all);
        }
    }

    private boolean isAsAll(Memory own) {
        return own.equals(all.alone()) || own.equals(all.alone().otherwise(null));
    }

    /** Variables that no chain has inside: those that are excepted, and those that have a memory of their own. */
    Set<String> kept(SameDiff graph) {
        return those(graph, own -> own == null || !isAsAll(own));
    }

    /** Variables whose ops stay as they are under a razor. */
    Set<String> dense(SameDiff graph) {
        return those(graph, own -> own == null || own.kind() == Memory.Kind.STORE);
    }

    /** Ratios of ops of their own, by the names of their values. */
    Map<String, Double> ratios(SameDiff graph) {
        Map<String, Double> ratios = new HashMap<>();
        for (String name : those(graph, own -> own != null && own.thins() && !isAsAll(own))) {
            ratios.put(name, choices.ofVariable(name).thin().prune());
        }
        return ratios;
    }

    /** Names of the graph as it was given that this one still has. */
    private Set<String> those(SameDiff graph, Predicate<Memory> like) {
        return names.stream()
                .filter(name -> graph.hasVariable(name) && like.test(choices.ofVariable(name)))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
