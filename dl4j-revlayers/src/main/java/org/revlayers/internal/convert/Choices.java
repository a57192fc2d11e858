package org.revlayers.internal.convert;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.revlayers.keep.Memory;

/** Which {@link Memory} each layer of a network has, by the patterns of the one that was asked for: by the last that fits it. */
final class Choices {

    private final Memory all;
    private final Memory base;
    private final Map<String, String> members;

    /** Patterns of {@code at} that are the last one for some layer: others say nothing. */
    private final Set<String> counting = new HashSet<>();

    /**
     * Where a layer goes.
     *
     * @param container memory of the unit that it can be in
     * @param own       what it has to itself in there, one of its own by {@code at}; null for what the unit has
     */
    private record Place(Memory container, Memory own) {}

    /**
     * @param all     what was asked for
     * @param labels  names of the layers and vertices that there are
     * @param members names that layers had which are in containers already, and the containers'
     * @throws IllegalArgumentException for a pattern that fits none, patterns inside of patterns, or an {@code inside} without effect
     */
    Choices(Memory all, Collection<String> labels, Map<String, String> members) {
        this.all = all;
        this.base = all.alone();
        this.members = members;
        all.at().forEach((pattern, memory) -> {
            check("at", pattern, labels);
            check(memory);
        });
        all.excepted().forEach(pattern -> check("except", pattern, labels));
        check(base);
        for (String label : labels) {
            fitting(label).reduce((before, after) -> after).ifPresent(last -> counting.add(last.getKey()));
        }
    }

    /** Of what has no containers yet. */
    Choices(Memory all, Collection<String> labels) {
        this(all, labels, Map.of());
    }

    private static void check(Memory memory) {
        for (Memory stage = memory; stage != null; stage = stage.otherwise()) {
            InsideCheck.withoutRules(stage);
            InsideCheck.of(stage);
        }
    }

    private void check(String option, String pattern, Collection<String> labels) {
        if (Stream.concat(labels.stream(), members.keySet().stream()).noneMatch(label -> fits(pattern, label))) {
            throw new IllegalArgumentException("the option \"" + option + "\" names \"" + pattern
                    + "\", which the network does not have; it has " + labels);
        }
    }

    private static boolean fits(String pattern, String label) {
        return pattern.equals(label)
                || pattern.contains("*")
                        && Pattern.compile(
                                        Stream.of(pattern.split("\\*", -1))
                                                .map(Pattern::quote)
                                                .collect(Collectors.joining(".*")),
                                        Pattern.DOTALL)
                                .matcher(label)
                                .matches();
    }

    private Stream<Map.Entry<String, Memory>> fitting(String label) {
        return all.at().entrySet().stream().filter(at -> fits(at.getKey(), label));
    }

    boolean isExcepted(String label) {
        return all.excepted().stream().anyMatch(pattern -> fits(pattern, label));
    }

    /** Layers that are named and are in a container already, by the names that they had, and the container's. */
    Map<String, String> namedInside() {
        Map<String, String> named = new LinkedHashMap<>();
        members.forEach((label, container) -> {
            if (isExcepted(label) || fitting(label).findAny().isPresent()) {
                named.put(label, container);
            }
        });
        return named;
    }

    private Place place(String label) {
        Place place = new Place(base, null);
        for (Map.Entry<String, Memory> at : fitting(label).toList()) {
            Memory memory = at.getValue();
            if (isWithin(place.container(), memory)) {
                place = new Place(place.container(), memory);
            } else if (counting.contains(at.getKey())) {
                place = new Place(memory, null);
            }
        }
        return place;
    }

    /** The memory of the units that a layer can be in; null for one that stays as it is. */
    Memory of(String label) {
        return isExcepted(label) ? null : place(label).container();
    }

    /** The memory of a variable of a graph, which has no containers: the last one that fits; null for one that stays as it is. */
    Memory ofVariable(String name) {
        return isExcepted(name)
                ? null
                : fitting(name)
                        .map(Map.Entry::getValue)
                        .reduce((before, after) -> after)
                        .orElse(base);
    }

    /**
     * What single layers have to themselves inside of the containers of a memory, by name: other ratios, or {@code store()} for an input that
     * stays as it is.
     */
    Map<String, Memory> within(Memory memory, List<String> labels) {
        Map<String, Memory> own = new LinkedHashMap<>();
        for (String label : labels) {
            Place place = place(label);
            if (place.own() != null && place.container().equals(memory)) {
                own.put(label, place.own());
            }
        }
        return own;
    }

    /** Whether a layer of the one can be in a container of the other. */
    private static boolean isWithin(Memory container, Memory own) {
        if (!container.thins()
                || own.otherwise() != null
                || own.inside() != null
                || own.stockHosts() != container.stockHosts()) {
            return false;
        }
        return own.kind() == Memory.Kind.STORE
                || own.thins()
                        && own.thin().activations() == container.thin().activations()
                        && own.thin().probabilities() == container.thin().probabilities();
    }

    /** All memories that are asked for, and what each says of the rest. */
    List<Memory> stages(Collection<String> labels) {
        return labels.stream()
                .map(this::of)
                .filter(memory -> memory != null)
                .distinct()
                .flatMap(memory -> Stream.iterate(memory, stage -> stage != null, Memory::otherwise))
                .toList();
    }
}
