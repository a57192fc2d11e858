package org.revlayers.convert;

import java.util.Map;
import java.util.Set;
import lombok.Builder;
import lombok.Value;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Thinning;
import org.revlayers.kernel.razor.RazorFill;
import org.revlayers.kernel.razor.RazorValues;

/** What {@link Razor#convert} makes of a network. Layers are named as they are in the network that is converted. */
@Value
@Builder(toBuilder = true)
public class RazorOptions {

    /** Fraction of every activation's elements that is dropped, in [0, 1). */
    @Builder.Default
    double prune = 0.9;

    /** How the rest is stored. */
    @Builder.Default
    RazorValues values = RazorValues.FP16;

    /** What the dropped elements count as. */
    @Builder.Default
    RazorFill fill = RazorFill.MEAN;

    /** The ablation that the paper contrasts with: linear layers compute with what is left in a training's forward, too. */
    boolean forward;

    /** What smooth activation functions keep. */
    @Builder.Default
    ActivationMemory activations = ActivationMemory.TWO_BIT;

    /**
     * Whether attention keeps its probabilities, thinned, as in the paper; otherwise backward computes them again from q̂ and k̂, in less memory.
     */
    boolean probabilities;

    /**
     * Whether stock layers run as DL4J implements them instead of on this library's hosts, to tell whether a difference comes from a host: the razor
     * is off for most of them then, and the report names them.
     */
    boolean stockHosts;

    /** Layers with a thinning of their own. */
    @Builder.Default
    Map<String, Thinning> thinnings = Map.of();

    /** Layers whose inputs stay as they are inside a container. */
    @Builder.Default
    Set<String> dense = Set.of();

    /** Layers or vertices that stay as they are and in no container. */
    @Builder.Default
    Set<String> except = Set.of();

    /**
     * Inputs of a batch, one array per network input, to compare outputs and to predict memory with; null leaves that out of the report.
     */
    INDArray[] sample;

    /** Types that these inputs are meant to be of, one each: a sample of other shapes is refused; null leaves that out. */
    InputType[] sampleTypes;
}
