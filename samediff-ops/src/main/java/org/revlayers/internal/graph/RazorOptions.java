package org.revlayers.internal.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * What {@link RazorRewrite} swaps, and how activations are thinned.
 *
 * @param prune  fraction of each sample's elements that is dropped, in [0, 1)
 * @param values how the others are stored
 * @param fill   what the dropped ones count as
 * @param dense  names of values of ops that stay as they are
 * @param other  prune ratios of single ops, by the names of their values
 * @param shapes of placeholders whose own shapes are not complete, to predict memory
 */
public record RazorOptions(
        double prune,
        RazorValues values,
        RazorFill fill,
        Set<String> dense,
        Map<String, Double> other,
        Map<String, long[]> shapes) {

    /** Checks the ratios and copies the collections. */
    public RazorOptions {
        dense = Set.copyOf(dense);
        other = Map.copyOf(other);
        shapes = Map.copyOf(shapes);
        RazorLayout.rank(1, prune);
        other.values().forEach(p -> RazorLayout.rank(1, p));
    }

    /** All ops alike. */
    public static RazorOptions of(double prune, RazorValues values) {
        return new RazorOptions(prune, values, RazorFill.ZERO, Set.of(), Map.of(), Map.of());
    }

    /** What a memory says of razors. */
    public static RazorOptions of(
            Memory.Thin thin, Set<String> dense, Map<String, Double> other, Map<String, long[]> shapes) {
        RazorFill fill = thin.prune() == 0 ? RazorFill.ZERO : thin.fill();
        return new RazorOptions(thin.prune(), thin.values(), fill, dense, other, shapes);
    }

    /** Another fill. */
    public RazorOptions fill(RazorFill other) {
        return new RazorOptions(prune, values, other, dense, this.other, shapes);
    }

    /** Leaves the ops that compute these variables as they are. */
    public RazorOptions dense(String... variables) {
        Set<String> all = new HashSet<>(dense);
        all.addAll(List.of(variables));
        return new RazorOptions(prune, values, fill, all, other, shapes);
    }

    /** Another ratio for the op that computes this variable. */
    public RazorOptions prune(String variable, double prune) {
        Map<String, Double> all = new HashMap<>(other);
        all.put(variable, prune);
        return new RazorOptions(this.prune, values, fill, dense, all, shapes);
    }

    /** The shape of a placeholder whose own is not complete, such as one with any batch size. */
    public RazorOptions shape(String placeholder, long... shape) {
        Map<String, long[]> all = new HashMap<>(shapes);
        all.put(placeholder, shape);
        return new RazorOptions(prune, values, fill, dense, other, all);
    }
}
