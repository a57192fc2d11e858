package org.revlayers.internal.op;

import java.util.List;
import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.reversible.StreamScale;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.CoefficientTable;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * Everything about a {@link RevChain} but its arrays.
 *
 * @param name         of the chain, for messages
 * @param checkpoint   whether the sub-functions' inputs are kept, instead of being rebuilt
 * @param zeroStart    whether y starts at 0, instead of at β·x
 * @param pair         whether the op's first two inputs are x₀ and y₀, instead of x₀ alone
 * @param both         whether the value of yₙ is an output too
 * @param verify       whether a checksum of every state is compared after integer streams were rebuilt
 * @param scale        S of integer streams, value = integer·2^−S
 * @param streams      what the streams are made of; null: EXACT, but for DOUBLE networks DOUBLE
 * @param network      type of the network if the op's streams are DOUBLE variables, as those between sub-functions in different modes are; null if they
 *     have the network's type
 * @param tolerance    relative error of a rebuilt state that floating-point streams may reach before a state is kept
 * @param coefficients α and β
 * @param place        in the chain, of the first of these sub-functions: of a part of one not 0
 * @param blocks       the sub-functions in order
 * @param programs     their graphs, each different one once, as {@link SubGraph#encode} makes them
 */
@With
public record ChainSettings(
        String name,
        boolean checkpoint,
        boolean zeroStart,
        boolean pair,
        boolean both,
        boolean verify,
        int scale,
        StreamType streams,
        DataType network,
        double tolerance,
        CoefficientTable coefficients,
        int place,
        List<Block> blocks,
        List<String> programs) {

    /**
     * One sub-function.
     *
     * @param name     for messages
     * @param program  index of its graph
     * @param edge     around it: that is added by the streams, inside or nowhere, or added behind an r
     * @param inputs   indices, among the op's inputs, of what its graph reads beside x
     * @param values   what the values of its graph's ops were called before they were in a chain, for the way back; none if they never were elsewhere
     */
    public record Block(String name, int program, TwoStep.Edge edge, List<Integer> inputs, List<String> values) {

        /** One that was written for a chain. */
        public Block(String name, int program, TwoStep.Edge edge, List<Integer> inputs) {
            this(name, program, edge, inputs, List.of());
        }

        /** Whether α applies to it. */
        public boolean residual() {
            return edge == TwoStep.Edge.AROUND;
        }
    }

    /** What the value of a stock op is called inside a part of a chain: in r, which comes first, or in F. */
    public static String scoped(String chain, String part, boolean inEntry, String value) {
        return chain + "/" + part + (inEntry ? "/r/" : "/") + value;
    }

    /** Whether plain residual blocks begin and end as the chain does: its streams do not start as halves and are not merged. */
    public boolean hasPlainEnds() {
        return !pair && !both;
    }

    /** What a chain has if nothing is set, without sub-functions: integer streams of 20 bits, a tolerance of 1e-3, checksums. */
    public static ChainSettings of(String name, CoefficientTable coefficients) {
        return new ChainSettings(
                name, false, false, false, false, true, 20, null, null, 1e-3, coefficients, 0, List.of(), List.of());
    }

    /** The same with these sub-functions. */
    public ChainSettings with(List<Block> blocks, List<String> programs) {
        return withBlocks(blocks).withPrograms(programs);
    }

    /**
     * The same for a part of a chain, whose streams come in and go out as DOUBLE variables.
     *
     * @param network type of the network
     * @param both    whether yₙ goes out
     */
    public ChainSettings between(DataType network, boolean both) {
        return withNetwork(network).withPair(true).withZeroStart(false).withBoth(both);
    }

    /**
     * The same with the S at which 64 times the largest magnitude that a sample's streams have, at any of the coefficients, fits 32 bits: 20 bits
     * at most.
     *
     * @param inputs values of the op's inputs, FLOAT or HALF
     * @throws ArithmeticException if a value is not finite
     */
    public ChainSettings scaledFor(INDArray... inputs) {
        return withScale(StreamScale.staying(ChainRange.largest(this, inputs)));
    }

    /** What the streams of a network of this type are made of. */
    StreamType streamsOf(DataType values) {
        return streams == null ? StreamType.of(values) : streams;
    }

    /** The coefficients, of the first sub-function, that y starts with. */
    Coefficients first(Coefficients c) {
        return zeroStart || coefficients.form() != ChainForm.DUAL_RESIDUAL ? c.zero() : c;
    }

    /** What joins the sub-functions by γ with these coefficients; null if nothing does. The seed is the chain's name. */
    TwoStep twoStep(Coefficients c, long step) {
        return TwoStep.of(c, name.hashCode(), step);
    }
}
