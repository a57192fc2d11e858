package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.revlayers.keep.Memory;

/** Which {@link Memory} each layer of a network has, by the patterns of the one that was asked for. */
final class Choices {

    private final Memory all;
    private final Memory base;

    /**
     * @param all    what was asked for
     * @param labels names of the layers and vertices that there are
     * @throws IllegalArgumentException for a pattern that fits none, or patterns inside of patterns
     */
    Choices(Memory all, Collection<String> labels) {
        this.all = all;
        this.base = all.alone();
        all.at().forEach((pattern, memory) -> {
            check("at", pattern, labels);
            check(memory);
        });
        all.excepted().forEach(pattern -> check("except", pattern, labels));
        for (Memory at = all.otherwise(); at != null; at = at.otherwise()) {
            check(at);
        }
    }

    private static void check(Memory memory) {
        if (memory.hasRules()) {
            throw new IllegalArgumentException(
                    "at and except are of the whole network, so of the outermost memory; got (" + memory
                            + ") inside of another");
        }
    }

    private static void check(String option, String pattern, Collection<String> labels) {
        if (labels.stream().noneMatch(label -> fits(pattern, label))) {
            throw new IllegalArgumentException("the option \"" + option + "\" names \"" + pattern
                    + "\", which the network does not have; it has " + labels);
        }
    }

    private static boolean fits(String pattern, String label) {
        return pattern.equals(label)
                || pattern.contains("*")
                        && label.matches(java.util.Arrays.stream(pattern.split("\\*", -1))
                                .map(Pattern::quote)
                                .collect(java.util.stream.Collectors.joining(".*")));
    }

    boolean isExcepted(String label) {
        return all.excepted().stream().anyMatch(pattern -> fits(pattern, label));
    }

    /** The memory of a layer; null for one that stays as it is. */
    Memory of(String label) {
        if (isExcepted(label)) {
            return null;
        }
        Memory memory = base;
        for (Map.Entry<String, Memory> at : all.at().entrySet()) {
            boolean within = at.getKey().equals(label) && isWithin(memory, at.getValue());
            if (fits(at.getKey(), label) && !within) {
                memory = at.getValue();
            }
        }
        return memory;
    }

    /** The memory of a variable of a graph, which has no containers: the last one that fits; null for one that stays as it is. */
    Memory ofVariable(String name) {
        if (isExcepted(name)) {
            return null;
        }
        Memory memory = base;
        for (Map.Entry<String, Memory> at : all.at().entrySet()) {
            memory = fits(at.getKey(), name) ? at.getValue() : memory;
        }
        return memory;
    }

    /**
     * What single layers have to themselves inside of the containers of a memory, by name: other ratios, or {@code store()} for an input that
     * stays as it is.
     */
    Map<String, Memory> within(Memory memory) {
        Map<String, Memory> own = new LinkedHashMap<>();
        all.at().forEach((label, at) -> {
            if (isWithin(memory, at)) {
                own.put(label, at);
            }
        });
        return own;
    }

    /** Whether a layer of the one can be in a container of the other. */
    private static boolean isWithin(Memory container, Memory own) {
        if (!container.thins() || own.otherwise() != null || own.inside() != null) {
            return false;
        }
        return own.kind() == Memory.Kind.STORE
                || own.thins()
                        && own.thin().activations() == container.thin().activations()
                        && own.thin().probabilities() == container.thin().probabilities();
    }

    /** All memories that layers of these names have, each once. */
    List<Memory> among(Collection<String> labels) {
        List<Memory> memories = new ArrayList<>();
        for (String label : labels) {
            Memory memory = of(label);
            if (memory != null && !memories.contains(memory)) {
                memories.add(memory);
            }
        }
        return memories;
    }
}
