package org.revlayers.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphRazor;
import org.revlayers.graph.RazorGraphOptions;
import org.revlayers.memory.IdleWorkspaces;

/**
 * Back Razor for a network that exists: runs of its layers become {@link org.revlayers.container.RazorSequence}s, with all parameters, the running
 * statistics of batch normalisation and, where it can, the updater's state. The output stays what it was, but for the rounding of this library's
 * hosts; training keeps a tenth of the activations, say.
 *
 * <p>In a graph a run goes through residual blocks, with projections or without; they are found by structure. Layers with a loss, embeddings and
 * recurrent layers stay out. The report says what became what, why the rest was left, and for which layers inside the razor
 * does nothing. The network that is given stays as it is.
 *
 * <p>The peak of a step falls by less than what is kept. A layer that DL4J's own code runs inside a razor does so in a workspace of this library,
 * one per thread, as large as the most demanding call: the arrays of one layer's backward (eight of its output's size for a local response
 * normalisation), which stay beside what is kept. DL4J's workspaces of the calling thread, which keep the size that the plain network needed, are
 * freed at the end of a conversion ({@link org.revlayers.memory.IdleWorkspaces}); those of other threads are not.
 *
 * <pre>{@code
 * RazorResult<ComputationGraph> result = Razor.convert(net, RazorOptions.builder().prune(0.9).build());
 * System.out.print(result.report());
 * result.network().fit(data);
 * }</pre>
 *
 * <p>Source: Back Razor, NeurIPS 2022.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Razor {

    /**
     * Converts runs of layers.
     *
     * @throws IllegalArgumentException if there is nothing to convert; the message says why each layer was left
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static RazorResult<MultiLayerNetwork> convert(MultiLayerNetwork net, RazorOptions options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return new NetworkRazor(net).convert(options);
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * Converts runs of layers and residual blocks.
     *
     * @throws IllegalArgumentException if there is nothing to convert; the message says why each vertex was left
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static RazorResult<ComputationGraph> convert(ComputationGraph net, RazorOptions options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return new VertexRazor(net).convert(options);
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * Swaps the ops of a SameDiff training graph for thinning ones: {@link GraphRazor#apply}, under the name of the other conversions.
     *
     * <pre>{@code
     * SameDiff saving = Razor.apply(sd, RazorGraphOptions.of(0.9, RazorValues.FP16)).graph();
     * }</pre>
     *
     * @throws IllegalArgumentException if nothing can be swapped, with what was left and why, or if the options name unknown variables
     */
    public static GraphRazor.Result apply(SameDiff graph, RazorGraphOptions options) {
        return GraphRazor.apply(graph, options);
    }

    /**
     * Gives the plain network back, with the parameters that the sequences have now.
     *
     * @throws IllegalArgumentException if no sequence of the network was made by {@link #convert}
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static MultiLayerNetwork restore(MultiLayerNetwork net) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return new NetworkRazor(net).restore();
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * Gives the plain graph back, with the parameters that the sequences have now.
     *
     * @throws IllegalArgumentException if no sequence of the graph was made by {@link #convert}
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static ComputationGraph restore(ComputationGraph net) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return new VertexRazor(net).restore();
        } finally {
            IdleWorkspaces.free();
        }
    }
}
