package org.revlayers.convert;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.graph.GraphReversify;
import org.revlayers.memory.IdleWorkspaces;

/**
 * Turns the residual blocks of a network that exists into {@link org.revlayers.chain.ReversibleChain}s, with all parameters and, where it can, the updater's
 * state. At (α, β) = (1, 0) the result computes what the network computed; at Dr²Net's start (1, 1/8) nearly so; fine-tuning with a
 * {@link org.revlayers.reversible.CoefficientSchedule} takes it further.
 *
 * <p>Rows of blocks of equal shape become chains; blocks that change the shape stay and end a chain. The report says what became what and why
 * the rest was left. The network that is given stays as it is.
 *
 * <pre>{@code
 * ReversifyResult<MultiLayerNetwork> result = Reversify.convert(net, ReversifyOptions.builder()
 *         .schedule(CoefficientSchedule.builder().totalIterations(2000).build())
 *         .build());
 * System.out.print(result.report());
 * result.network().fit(data);
 * }</pre>
 *
 * <p>Source: Dr²Net, arXiv 2401.04105; functions behind the additions (ReLU of a ResNet, the norms of a post-LN transformer) move into the
 * block behind, so that the equality at (1, 0) holds for them too.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Reversify {

    /**
     * Converts rows of {@link org.revlayers.layers.TransformerBlock}s, pre-LN or post-LN.
     *
     * @throws IllegalArgumentException if there is nothing to convert; the message says why each layer was left
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static ReversifyResult<MultiLayerNetwork> convert(MultiLayerNetwork net, ReversifyOptions options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return TransformerReversify.convert(net, options);
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * Converts rows of residual blocks: additions of two vertices, one of which is a path of layers from the other, and what is applied to
     * the sum (ReLU of a ResNet). They are found by structure, not by name. A {@link org.deeplearning4j.nn.conf.graph.ScaleVertex} on the path is
     * part of it, x + s·F(x) a block like any other. Dropout or a factor on the shortcut is part of a
     * function with α = 0, except under momentum (β &lt; 0), and an addition with a projection there is left. Rows of
     * {@link org.revlayers.layers.TransformerBlock}s, each read by the next one alone, become chains as those of a {@link MultiLayerNetwork}.
     *
     * @throws IllegalArgumentException if there is nothing to convert; the message says why each addition and transformer block was left
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static ReversifyResult<ComputationGraph> convert(ComputationGraph net, ReversifyOptions options) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return VertexReversify.convert(net, options);
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * Makes chains of the residual blocks of a SameDiff graph: {@link GraphReversify#convert}, under the name of the other conversions.
     *
     * <pre>{@code
     * GraphReversify.Result result = Reversify.convert(sd, GraphReversify.Options
     *         .chains(c -> c.coefficients(CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 800)))
     *         .sample(placeholders));
     * }</pre>
     *
     * @throws IllegalArgumentException if there is nothing to convert, with what was left and why
     */
    public static GraphReversify.Result convert(SameDiff graph, GraphReversify.Options options) {
        return GraphReversify.convert(graph, options);
    }

    /**
     * Makes plain blocks of a SameDiff graph's chains, with the parameters and the updater's state that these have now: {@link GraphReversify#restore}.
     * The same function only at (α, β) = (1, 0), as for networks.
     *
     * @throws IllegalArgumentException if the graph has no chain, or one that has no plain form
     */
    public static SameDiff restore(SameDiff graph) {
        return GraphReversify.restore(graph);
    }

    /**
     * Makes plain blocks of the chains, with the parameters that these have now. That is the same function only if the chains stand at (α, β) = (1, 0):
     * before training on a schedule that starts there, or at the end of one with a {@code returnFraction}. Chains that were frozen become frozen blocks.
     *
     * @param sample inputs of a batch to measure by how much the outputs differ, or nothing
     * @return the plain network, and the coefficients that the chains stood at
     * @throws IllegalArgumentException if no chain of the network was made by {@link #convert}, or for a sample of other than one array
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static RestoreResult<MultiLayerNetwork> restore(MultiLayerNetwork net, INDArray... sample) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Sample given = Sample.of(net, sample.length == 0 ? null : sample, null);
            MultiLayerNetwork plain = TransformerReversify.restore(net);
            RestoreReport report = Comparisons.restored(
                    Comparisons.chains(net.getLayers()),
                    given == null ? null : net.output(sample[0]).dup(),
                    () -> plain.output(sample[0]));
            return new RestoreResult<>(plain, report);
        } finally {
            IdleWorkspaces.free();
        }
    }

    /**
     * The same for a graph.
     *
     * @param sample inputs of a batch, one array per network input, or nothing
     * @throws IllegalArgumentException if no chain of the graph was made by {@link #convert}, or for a sample of another number of arrays
     */
    @SuppressWarnings("try") // the scope is used by being open
    public static RestoreResult<ComputationGraph> restore(ComputationGraph net, INDArray... sample) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Sample given = Sample.of(net, sample.length == 0 ? null : sample, null);
            ComputationGraph plain = VertexReversify.restore(net);
            RestoreReport report = Comparisons.restored(
                    Comparisons.chains(net.getLayers()),
                    given == null ? null : Comparisons.outputs(net, sample),
                    () -> Comparisons.outputs(plain, sample));
            return new RestoreResult<>(plain, report);
        } finally {
            IdleWorkspaces.free();
        }
    }
}
