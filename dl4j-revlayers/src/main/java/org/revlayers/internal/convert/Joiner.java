package org.revlayers.internal.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.container.CompositeLayer;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.container.LayerSequence;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.StreamMerge;

/**
 * Puts containers that stand in a line into one sequence. What lies between two of them is the sequence's then: gone at once where neither reads it in backward, and
 * as soon as backward has passed where one does, while a network holds all of it to the end of the step.
 */
public final class Joiner<N extends Model> {

    private final NetworkEdit<N> edit;
    private final GraphIndex graph;

    private Joiner(NetworkEdit<N> edit) {
        this.edit = edit;
        this.graph = new GraphIndex(edit.conf());
    }

    /** See {@link org.revlayers.Lean}. */
    public static List<List<String>> lines(Model net) {
        Joiner<?> joiner = new Joiner<>(PlanUnits.edit(net));
        return joiner.lines().values().stream()
                .map(line -> line.stream().map(joiner.edit::label).toList())
                .toList();
    }

    /** See {@link org.revlayers.Lean}. */
    public static MultiLayerNetwork join(MultiLayerNetwork net) {
        return Converter.outside(() -> new Joiner<>(new LineEdit(net)).join());
    }

    /** See {@link org.revlayers.Lean}. */
    public static ComputationGraph join(ComputationGraph net) {
        return Converter.outside(() -> new Joiner<>(new GraphEdit(net)).join());
    }

    private N join() {
        Map<String, List<String>> lines = lines();
        if (lines.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to join: no two chains, checkpoint sequences or others that keep arrays as they are in memory read one"
                            + " another in a line, without a preprocessor, dropout or constraints of their own, and as nothing"
                            + " else's input: convert first, Lean.convert(net, Memory.checkpoint()), say");
        }
        Set<String> inside = new HashSet<>();
        lines.values().forEach(inside::addAll);
        graph.conf().getVertices().forEach((name, vertex) -> {
            if (lines.containsKey(name)) {
                put(lines.get(name));
            } else if (!inside.contains(name)) {
                edit.keep(name, vertex);
            }
        });
        N made = edit.finish();
        edit.carryUpdater(made);
        return made;
    }

    /** Two containers or more each, by the first one's name, in the order in which they run. */
    private Map<String, List<String>> lines() {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        Map<String, String> begins = new HashMap<>();
        for (String name : graph.inOrder()) {
            if (!isExact(graph.layer(name))) {
                continue;
            }
            String before = graph.inputs(name).get(0);
            String begin = begins.containsKey(before) && goesOn(before, name) ? begins.get(before) : name;
            begins.put(name, begin);
            lines.computeIfAbsent(begin, b -> new ArrayList<>()).add(name);
        }
        lines.values().removeIf(line -> line.size() < 2);
        return lines;
    }

    /** Whether nobody but the next one sees what a container gives, sees it as it is, and both came about in the same way. */
    private boolean goesOn(String before, String name) {
        return name.equals(graph.onlyReader(before))
                && graph.preProcessor(name) == null
                && Restorer.isMade(graph.layer(before)) == Restorer.isMade(graph.layer(name));
    }

    /** A container that computes the same whoever keeps its input, has no settings which only a layer of a network has, and gains by it. */
    private static boolean isExact(Layer layer) {
        if (!(layer instanceof CompositeLayer container)
                || container.isStockHosts()
                || container.getIDropout() != null
                || container.getConstraints() != null
                        && !container.getConstraints().isEmpty()) {
            return false;
        }
        if (layer instanceof ReversibleChain chain
                        && (chain.isOnDisk() || isOfTransformers(chain) || sharesItsEnd(chain))
                || layer instanceof ReversibleOde ode && ode.isOnDisk()) {
            return false;
        }
        return stores(container);
    }

    /** Whether no sequence in a container, itself included, keeps anything in another way than as it is, in memory. */
    private static boolean stores(ContainerLayer container) {
        boolean own = !(container instanceof RazorSequence razor)
                || razor.getThinning() == null
                        && razor.getThinnings().isEmpty()
                        && razor.getInPlace() == null
                        && razor.getOnDisk().isEmpty()
                        && razor.getEquipped().isEmpty();
        return own
                && container.innerLayers().values().stream()
                        .map(Wrappers::thawed)
                        .allMatch(inside -> !(inside instanceof ContainerLayer deeper) || stores(deeper));
    }

    /** In a network gradients of its blocks are normalised one by one. */
    private static boolean isOfTransformers(ReversibleChain chain) {
        return !chain.getOrigin().isEmpty();
    }

    /** Whether a chain's output is its end state, as a network holds it for both: in a sequence the chain would have to keep a second one. */
    private static boolean sharesItsEnd(ReversibleChain chain) {
        return chain.getExit().isEmpty() && chain.getMerge() == StreamMerge.X_ONLY;
    }

    private void put(List<String> line) {
        String first = line.get(0);
        String last = line.get(line.size() - 1);
        String name = edit.name(graph, last, "joined");
        RazorSequence joined = new RazorSequence.Builder()
                .memory(Memory.store())
                .rebuilding(true)
                .build();
        SafeNames safe = new SafeNames();
        for (String vertex : line) {
            Layer inside = graph.layer(vertex);
            inside.setLayerName(safe.of(edit.label(vertex), ""));
            joined.getLayers().add(inside);
            joined.getVertices().addAll(vertices(inside));
            edit.move(vertex, "", name, inside.getLayerName() + ".");
        }
        joined.setLayerName(name);
        Settings.around(joined, joined.getLayers());
        edit.putBehindPreProcessor(
                name,
                joined,
                (LayerVertex) graph.vertex(first),
                graph.inputs(first).get(0));
        edit.rename(last, name);
    }

    private static List<String> vertices(Layer inside) {
        return inside instanceof LayerSequence sequence
                ? sequence.getVertices()
                : inside instanceof ReversibleChain chain ? chain.getVertices() : List.of();
    }
}
