package org.revlayers.graph;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.keep.RazorValues;

/**
 * What {@link GraphRazor} swaps, and how activations are thinned.
 *
 * @param prune  fraction of each sample's elements that is dropped, in [0, 1)
 * @param values how the others are stored
 * @param kinds  what to swap
 * @param dense  names of values of ops that stay as they are
 * @param other  prune ratios of single ops, by the names of their values
 * @param shapes of placeholders whose own shapes are not complete, to predict memory
 */
public record RazorGraphOptions(
        double prune,
        RazorValues values,
        Set<RazorKind> kinds,
        Set<String> dense,
        Map<String, Double> other,
        Map<String, long[]> shapes) {

    /** Checks the ratios and copies the collections. */
    public RazorGraphOptions {
        kinds = Set.copyOf(kinds);
        dense = Set.copyOf(dense);
        other = Map.copyOf(other);
        shapes = Map.copyOf(shapes);
        RazorLayout.rank(1, prune);
        other.values().forEach(p -> RazorLayout.rank(1, p));
    }

    /** All kinds of ops alike. */
    public static RazorGraphOptions of(double prune, RazorValues values) {
        return new RazorGraphOptions(prune, values, EnumSet.allOf(RazorKind.class), Set.of(), Map.of(), Map.of());
    }

    /** Only these kinds of ops. */
    public RazorGraphOptions kinds(RazorKind... only) {
        return new RazorGraphOptions(prune, values, Set.of(only), dense, other, shapes);
    }

    /** Leaves the ops that compute these variables as they are. */
    public RazorGraphOptions dense(String... variables) {
        Set<String> all = new HashSet<>(dense);
        all.addAll(List.of(variables));
        return new RazorGraphOptions(prune, values, kinds, all, other, shapes);
    }

    /** Another ratio for the op that computes this variable. */
    public RazorGraphOptions prune(String variable, double prune) {
        Map<String, Double> all = new HashMap<>(other);
        all.put(variable, prune);
        return new RazorGraphOptions(this.prune, values, kinds, dense, all, shapes);
    }

    /** The shape of a placeholder whose own is not complete, such as one with any batch size. */
    public RazorGraphOptions shape(String placeholder, long... shape) {
        Map<String, long[]> all = new HashMap<>(shapes);
        all.put(placeholder, shape);
        return new RazorGraphOptions(prune, values, kinds, dense, other, all);
    }
}
