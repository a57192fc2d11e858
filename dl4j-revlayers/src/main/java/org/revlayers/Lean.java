package org.revlayers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Restoration;
import org.revlayers.convert.Sample;
import org.revlayers.internal.contract.Given;
import org.revlayers.internal.convert.Converter;
import org.revlayers.internal.convert.GraphConverter;
import org.revlayers.internal.convert.GraphRestorer;
import org.revlayers.internal.convert.Joiner;
import org.revlayers.internal.convert.Members;
import org.revlayers.internal.convert.Restorer;
import org.revlayers.keep.Memory;

/**
 * Makes networks that exist train in less memory: with all parameters, running statistics, settings and, where it can, the updater's state. The
 * network that is given stays as it is.
 *
 * <pre>{@code
 * Conversion<ComputationGraph> lean = Lean.convert(net,
 *         Memory.reversible(CoefficientSchedule.over(steps)).otherwise(Memory.checkpoint()));
 * System.out.print(lean.report());                            // what became what, what was left and why
 * lean.network().fit(iterator);
 * Layer old = Lean.layer(lean.network(), "res2a_branch2b");    // by the name it had before
 * ComputationGraph plain = Lean.restore(lean.network());
 * ComputationGraph leaner = Lean.join(lean.network());        // containers in a line as one layer: less is kept between them
 * }</pre>
 *
 * <ul>
 *   <li>{@link Memory#reversible}: rows of residual blocks, found by structure, and of transformer blocks become chains (Dr²Net). At (α, β) = (1, 0) they
 *       compute what the network computed; blocks that change the shape stay and end a chain.
 *   <li>{@link Memory#checkpoint}: the same rows as chains that keep their sub-blocks' inputs at (1, 0), all other runs of layers as sequences that keep
 *       their input: exact, on any network.
 *   <li>{@link Memory#razor}: runs of layers, through residual blocks, become sequences that keep the largest values (Back Razor). {@link Memory#store}:
 *       the same sequences with the razor off: exact.
 *   <li>{@link Memory#inPlace}: runs of layers with batch normalisations become sequences in which these have frozen statistics and work in place (In-Place ABN).
 *   <li>{@link Memory#half}: the same sequences with every array that a razor could thin in 16 bits; {@link Memory#int8}: in 8.
 *   <li>{@link Memory#sharedNorms} and {@link Memory#approx}: gamma and beta of norms are merged into the linear layers that read them (MS-BP); this is a
 *       step before all others, also for what another memory's {@code otherwise} says.
 *   <li>{@link Memory#recompute}: transformer blocks and MLPs stay and keep less inside.
 * </ul>
 *
 * <p>{@code recompute}, {@code sharedNorms}, {@code approx} and {@code inside} change layers where they are, and {@link #restore} does not undo that: what
 * blocks kept before is not recorded. {@code store}, {@code recompute}, {@code half}, {@code int8} and {@code inside} overrule what transformer blocks, attention and MLPs
 * were built with; {@code razor} leaves those that have a razor of their own. {@code convert(net, Memory.store())}, restored, is exact again; merged norms
 * stay merged.
 *
 * <p>Layers with a loss, embeddings and recurrent layers stay out of sequences. A container of an earlier conversion stays what it is, and what is around it
 * can be converted. DL4J's idle workspaces of the calling thread are freed at the end ({@link org.revlayers.internal.memory.IdleWorkspaces}).
 *
 * @since 0.1.0
 */
public final class Lean {

    private Lean() {}

    /**
     * Converts a network.
     *
     * @throws IllegalArgumentException if there is nothing to convert; the message says why each layer was left
     */
    public static Conversion<MultiLayerNetwork> convert(MultiLayerNetwork net, Memory memory) {
        return Converter.convert(net, given(memory), null);
    }

    /**
     * Converts a network, and compares it with the one that was given.
     *
     * @throws IllegalArgumentException as without a sample, or for one of another number of arrays than the network reads
     */
    public static Conversion<MultiLayerNetwork> convert(MultiLayerNetwork net, Memory memory, Sample sample) {
        return Converter.convert(net, given(memory), sample);
    }

    /** As {@link #convert(MultiLayerNetwork, Memory)}. */
    public static Conversion<ComputationGraph> convert(ComputationGraph net, Memory memory) {
        return Converter.convert(net, given(memory), null);
    }

    /** As {@link #convert(MultiLayerNetwork, Memory, Sample)}. */
    public static Conversion<ComputationGraph> convert(ComputationGraph net, Memory memory, Sample sample) {
        return Converter.convert(net, given(memory), sample);
    }

    /**
     * Converts a SameDiff graph: chains of residual blocks ({@code reversible}, {@code checkpoint}), thinned ops ({@code razor}; what they drop counts as 0
     * in backward; {@code half}, {@code int8}), or the one and {@code otherwise} the other. Patterns of {@code except} and {@code at} are of variables; {@code at} leaves
     * them as they are ({@code store}) or gives the op that computes them a ratio of its own.
     *
     * <p>Blocks are additions of x and F(x) that nothing else reads into, pre-norm, post-norm (BERT) and post-activation (ResNet v1); rows of them become
     * chains ({@link org.revlayers.graph.GraphChain}). Values of a razor stay what they are, bit for bit; an op is left where another one's backward keeps
     * its input dense anyway. The new graph has the variables under the same names, losses, training configuration and updater state; what is computed
     * inside blocks is gone until {@link #restore(SameDiff)}.
     *
     * <p>Without a sample the shapes of computed values are not known: an addition that broadcasts is taken for a block and fails when the graph runs, and
     * norms over another axis than −1 are left. The graph is copied through a buffer of at most 2 GB.
     *
     * @throws IllegalArgumentException if there is nothing to convert, with what was left and why; for a memory or a setting that graphs have no form for, and
     *     for patterns that fit no variable
     */
    public static Conversion<SameDiff> convert(SameDiff graph, Memory memory) {
        return GraphConverter.convert(given(graph), given(memory), Map.of());
    }

    /**
     * As {@link #convert(SameDiff, Memory)}.
     *
     * @param sample values of placeholders, one example is enough: to learn shapes from, to compare and to predict memory with
     */
    public static Conversion<SameDiff> convert(SameDiff graph, Memory memory, Map<String, INDArray> sample) {
        return GraphConverter.convert(given(graph), given(memory), given(sample));
    }

    /** What {@link #convert} would do. */
    public static ConversionReport plan(MultiLayerNetwork net, Memory memory) {
        return Converter.plan(net, given(memory));
    }

    /** What {@link #convert} would do. */
    public static ConversionReport plan(ComputationGraph net, Memory memory) {
        return Converter.plan(net, given(memory));
    }

    /** What {@link #convert(SameDiff, Memory)} would do; the graph is copied for it. */
    public static ConversionReport plan(SameDiff graph, Memory memory) {
        return GraphConverter.plan(given(graph), given(memory));
    }

    /**
     * Takes all containers apart that a conversion has made, with the parameters that they have now. The same function, unless a chain stood at other
     * coefficients than (1, 0), after a training on a schedule without a {@code returnFraction}, or ReLUs were leaky ({@code inPlace(slope)}), which are ReLUs again. What was frozen becomes frozen layers. Transformer blocks of
     * a chain come back as they were built. Others keep what {@code inside}, {@code recompute}, {@code store} and {@code approx} have them keep now, and have
     * no razor after {@code half} and {@code int8}: what they were built with is not recorded.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static MultiLayerNetwork restore(MultiLayerNetwork net) {
        return Restorer.restore(net, null).network();
    }

    /** As {@link #restore(MultiLayerNetwork)}. */
    public static ComputationGraph restore(ComputationGraph net) {
        return Restorer.restore(net, null).network();
    }

    /**
     * As {@link #restore(MultiLayerNetwork)}, and says what coefficients the chains stood at and by how much outputs differ.
     *
     * @param sample to compare on; null for the coefficients alone
     */
    public static Restoration<MultiLayerNetwork> restore(MultiLayerNetwork net, @Nullable Sample sample) {
        return Restorer.restore(net, sample);
    }

    /** As {@link #restore(MultiLayerNetwork, Sample)}. */
    public static Restoration<ComputationGraph> restore(ComputationGraph net, @Nullable Sample sample) {
        return Restorer.restore(net, sample);
    }

    /**
     * A new graph without chains and thinned ops: the residual blocks of the ones, also of what was converted twice, and ND4J's ops for the others, with the
     * parameters, training configuration and updater state that the graph has now, from files too. The same function, unless a chain stood at other coefficients than (1, 0).
     * What is computed inside blocks gets the names that it had. Chains that a program wrote become plain too, where they have a plain form; other ops of
     * {@link org.revlayers.op.RevOps} stay.
     *
     * @throws IllegalArgumentException if the graph has nothing that has a plain form, with what was left and why
     */
    public static SameDiff restore(SameDiff graph) {
        return GraphRestorer.restore(given(graph), Map.of()).network();
    }

    /**
     * As {@link #restore(SameDiff)}, and says what coefficients the chains stood at, what was left, and by how much the values of chains and of thinned ops
     * differ.
     *
     * @param sample values of the placeholders that they need, one example is enough; none for the coefficients alone
     * @throws IllegalArgumentException as without a sample, or if it lacks a placeholder
     */
    public static Restoration<SameDiff> restore(SameDiff graph, Map<String, INDArray> sample) {
        return GraphRestorer.restore(given(graph), given(sample));
    }

    /**
     * The configuration of a layer by the name that it had before a conversion, as it is in its container now.
     *
     * @throws IllegalArgumentException if no layer is or was called so
     */
    public static Layer layer(Model net, String name) {
        return new Members(net).layer(named(name));
    }

    /**
     * The parameters of a layer by the name that it had before a conversion and by their own: the arrays that are trained.
     *
     * @throws IllegalArgumentException if no layer is or was called so
     */
    public static Map<String, INDArray> parameters(Model net, String name) {
        return new Members(net).parameters(named(name));
    }

    /**
     * Puts chains, checkpoint sequences, sequences that store and other containers that keep arrays as they are, each read by the next one alone, into one layer: {@code joined1} and so on. A network holds what lies between two
     * of its layers to the end of a step. Inside one layer it is gone where backward does not read it, as in front of a chain, or can make it of the end state of a
     * chain ({@link org.revlayers.container.RazorSequence#isRebuilding}), and as soon as backward has passed elsewhere; images keep their channels last from the
     * first container to the last. ResNet-50 at batch 8, reversible with checkpoints for the rest: 117 instead of 206 MiB kept, a peak of 270 instead of 381. The same function and gradients, up to the rounding of another order of images and other draws of dropout; parameters, the
     * updater's state and what the containers were made of are carried, and {@link #restore} takes all of it apart.
     *
     * <p>Names change: parameters are called {@code rest1.conv1.W} in the layer {@code joined1}, reports tell of that layer, and a
     * plan of modes for a chain inside has to be made before. What thins, works in place, waits on a disk, is frozen as a whole, has {@code stockHosts}, or dropout or constraints of its own stays a
     * layer, and so do chains of transformer blocks and others without layers behind their streams: their end state is their output, which the network holds for both.
     *
     * @return a new network; the one that is given stays as it is
     * @throws IllegalArgumentException if no two do; {@link #joinable} tells
     */
    public static MultiLayerNetwork join(MultiLayerNetwork net) {
        return Joiner.join(Given.of(net, "the network", "one that has been converted"));
    }

    /** As {@link #join(MultiLayerNetwork)}. */
    public static ComputationGraph join(ComputationGraph net) {
        return Joiner.join(Given.of(net, "the network", "one that has been converted"));
    }

    /** The names of the containers that {@link #join} would put into one layer each, in the order in which they run; empty if it has nothing to do. */
    public static List<List<String>> joinable(Model net) {
        return Joiner.lines(Given.of(net, "the network", "one that has been converted"));
    }

    private static Memory given(Memory memory) {
        return Given.of(memory, "the memory of a conversion", "Memory.checkpoint(), say");
    }

    private static SameDiff given(SameDiff graph) {
        return Given.of(graph, "the graph", "one with blocks or ops to convert, or that has been converted");
    }

    private static Map<String, INDArray> given(Map<String, INDArray> sample) {
        return Given.of(sample, "the sample", "values of placeholders, or leave it out");
    }

    private static String named(String name) {
        return Given.of(name, "the name of a layer", "the one that it had before the conversion");
    }
}
