package org.revlayers.convert;

import java.util.Set;
import lombok.Builder;
import lombok.Value;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/** What {@link Reversify#convert} makes of a network. */
@Value
@Builder(toBuilder = true)
public class ReversifyOptions {

    /** α and β of all chains over the training; Dr²Net's start (1, 1/8) for ever if not set. */
    @Builder.Default
    CoefficientSchedule schedule = CoefficientSchedule.constant(1, 0.125);

    /** Mode of all chains. */
    @Builder.Default
    ChainMode mode = ChainMode.REVERSE;

    /** Numbers of the streams; null for the network type's default. */
    StreamType streams;

    /** S of exact streams, resolution 2^−S and range ±2^(31−S); null for what the range of the first step asks for. */
    Integer streamScale;

    /** Relative error of a reconstruction that floating-point streams may reach before a state is kept. */
    @Builder.Default
    double tolerance = 1e-3;

    /** What the MLPs of transformer blocks keep while their sub-block is computed; null leaves them as they are. */
    ActivationMemory activationMemory;

    /**
     * Whether layers of this library right in front of a chain, such as an embedding, become its stem, so that the network does not keep their
     * output. For rows of transformer blocks.
     */
    boolean includeStem;

    /** Blocks that a chain has at least; a shorter row is left as it is. */
    @Builder.Default
    int minimumBlocks = 2;

    /** What becomes of the layers of a graph that are in no chain. */
    @Builder.Default
    RestMode rest = RestMode.STORE;

    /** Names of layers or vertices that stay as they are. */
    @Builder.Default
    Set<String> except = Set.of();

    /**
     * Inputs of a batch, one array per network input, to compare outputs and to predict memory with; null leaves that out of the report.
     */
    INDArray[] sample;

    /** Types that these inputs are meant to be of, one each: a sample of other shapes is refused; null leaves that out. */
    InputType[] sampleTypes;
}
