package org.revlayers.keep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Value;
import lombok.experimental.Accessors;
import org.jspecify.annotations.Nullable;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;

/**
 * How activations are kept between forward and backward: the one choice of this library, for a layer's builder, for a network that is converted and
 * on the command line. Immutable; every method gives a new one.
 *
 * <pre>
 *   store()         all of it, exact; 4 bytes per fp32 element
 *   offload()       all of it on a disk but what backward reads first, exact; as many bytes written per step
 *   recompute()     an MLP's hidden activation is computed again, exact
 *   inPlace()       of a batch normalisation and the ReLU behind it what the layer behind keeps, exact, but its statistics are frozen (In-Place ABN)
 *   half()          every array in 16 bits, 2 bytes; gradients approximate, to fp16's 11 bits or bf16's 8
 *   int8()          every array in 8 bits, 1.125 bytes; gradients approximate, to half a step of a group's range
 *   sharedNorms()   norms without gamma and beta share their output with the linear layer behind, exact (MS-BP)
 *   approx()        the same, and the derivative of GELU and swish in 2 bits, approximate (Approx-BP)
 *   razor(p)        the largest (1 − p) of every array, approximate (Back Razor)
 *   checkpoint()    a unit's input; the unit is computed again, exact
 *   reversible(s)   side bits; a unit's input is computed from its output, exact (Dr²Net)
 * </pre>
 *
 * <pre>{@code
 * Memory.reversible(CoefficientSchedule.over(2000)).inside(Memory.approx())
 *         .at("res5*", Memory.razor(0.9).values(RazorValues.INT8))
 *         .otherwise(Memory.checkpoint())
 *         .except("conv1")
 * }</pre>
 *
 * <p>{@code checkpoint().onDisk(true)} has the inputs that it keeps on a disk: less time than {@code offload()}, and less memory than either. The folder is none of
 * a network's business: {@code -Drevlayers.offload.dir}, or that of temporary files.
 *
 * <p>{@link #toString} gives a text that {@link #parse} reads, {@code reversible+approx} or {@code razor=0.9,int8}, say.
 *
 * @since 0.1.0
 */
@Value
@Builder(toBuilder = true, access = AccessLevel.PACKAGE)
@Accessors(fluent = true)
public class Memory {

    /** The kinds, in the order of {@link Memory}'s table. */
    public enum Kind {
        STORE,
        RECOMPUTE,
        IN_PLACE,
        HALF,
        INT8,
        SHARED_NORMS,
        APPROX,
        RAZOR,
        CHECKPOINT,
        REVERSIBLE
    }

    /** What {@link #razor} does. */
    @Value
    @Builder(toBuilder = true, access = AccessLevel.PACKAGE)
    @Accessors(fluent = true)
    public static class Thin {
        /** Fraction of every activation's elements that is dropped, in [0, 1). */
        @Builder.Default
        double prune = 0.9;

        @Builder.Default
        RazorValues values = RazorValues.FP16;

        @Builder.Default
        RazorFill fill = RazorFill.MEAN;

        boolean forward;
        boolean probabilities;

        /** What smooth activation functions keep. */
        @Builder.Default
        ActivationMemory activations = ActivationMemory.TWO_BIT;

        /** Lombok's, named here for Javadoc, which reads sources as they are. */
        static class ThinBuilder {}

        /** Throws unless this is a fraction that can be dropped. */
        public static double ratio(double prune) {
            if (!(prune >= 0 && prune < 1)) {
                throw new IllegalArgumentException(
                        "the prune ratio is the fraction of elements that is dropped, in [0, 1); got " + prune
                                + ": choose 0.9, say");
            }
            return prune;
        }
    }

    /** What {@link #reversible} does. */
    @Value
    @Builder(toBuilder = true, access = AccessLevel.PACKAGE)
    @Accessors(fluent = true)
    public static class Chain {
        @Builder.Default
        CoefficientSchedule schedule = CoefficientSchedule.constant(1, 0.125);

        @Builder.Default
        ChainMode mode = ChainMode.REVERSE;

        /** Null for the network type's default. */
        @Nullable
        StreamType streams;

        /** Null for what the range of the first step asks for. */
        @Nullable
        Integer streamScale;

        @Builder.Default
        double tolerance = 1e-3;

        boolean stem;

        @Builder.Default
        int atLeast = 2;

        /** Lombok's, named here for Javadoc, which reads sources as they are. */
        static class ChainBuilder {}
    }

    /** Of {@link #half} and {@link #int8}: nothing is dropped. */
    private static final Thin WHOLE =
            Thin.builder().prune(0).fill(RazorFill.ZERO).build();

    Kind kind;

    /** How thinned arrays are made; the defaults unless this {@link #thins}. */
    @Builder.Default
    Thin thin = Thin.builder().build();

    /** How chains are made; the defaults unless this is reversible. */
    @Builder.Default
    Chain chain = Chain.builder().build();

    /** Of {@link #inPlace(double)}: what a ReLU behind a batch normalisation passes on of negative values. 0 for frozen statistics, and of other kinds. */
    double slope;

    /** What lives while a unit is computed again; null for what its layers say. */
    @Nullable
    Memory inside;

    /** Of what this cannot be done with; null leaves it as it is. */
    @Nullable
    Memory otherwise;

    /** Choices of their own by patterns of layer names. */
    @Builder.Default
    Map<String, Memory> at = Map.of();

    /** Patterns of the names of layers that stay as they are. */
    @Builder.Default
    Set<String> excepted = Set.of();

    /** Whether stock layers run as DL4J implements them instead of on this library's hosts, to tell whether a difference comes from a host. */
    boolean stockHosts;

    /** Whether arrays wait on a disk between forward and backward. */
    boolean onDisk;

    static Memory of(Kind kind) {
        Memory memory = builder().kind(kind).build();
        return switch (kind) {
            case HALF -> memory.whole(RazorValues.FP16);
            case INT8 -> memory.whole(RazorValues.INT8);
            default -> memory;
        };
    }

    /** Everything, exact. In a conversion: runs of layers on this library's hosts, which keep what backward reads and no more. */
    public static Memory store() {
        return of(Kind.STORE);
    }

    /** The same on a disk: {@code store().onDisk(true)}. */
    public static Memory offload() {
        return store().onDisk(true);
    }

    /** The hidden activation of a transformer's MLP is computed again: exact. */
    public static Memory recompute() {
        return of(Kind.RECOMPUTE);
    }

    /**
     * Batch normalisations with frozen statistics: a training normalises with the running mean and variance, which stand still, as is usual where a pretrained network is
     * fine-tuned. The output in inference is what it was, up to rounding; a training's function and gradients are those of frozen statistics, exactly. Then neither their input
     * nor the array in front of a ReLU is kept: one behind a convolution is computed in one with it, others backward from their output. In a conversion of a network:
     * runs of layers with a batch normalisation (In-Place Activated BatchNorm, arXiv 1712.02616, where the ReLU is leaky instead).
     */
    public static Memory inPlace() {
        return of(Kind.IN_PLACE);
    }

    /**
     * Batch normalisations with the statistics of the batch, and with a leaky ReLU in the place of a ReLU behind, as in the paper: another function, in inference too, to be trained
     * for some time. Those without a ReLU behind stay as they are.
     *
     * @param slope of the leaky ReLU, above 0: 0.01 in the paper
     */
    public static Memory inPlace(double slope) {
        return inPlace().slope(slope);
    }

    /** The same with another slope. */
    Memory slope(double slope) {
        return toBuilder().slope(MemoryCheck.slope(slope)).build();
    }

    /**
     * Every array that a layer keeps, in binary16: the forward pass has the same bits, gradients are those at the rounded values, each at most 2⁻¹¹ of
     * itself away; finite ones beyond ±65,504 become ±65,504, and the first time that happens a warning says so. In a conversion: runs of layers, as for
     * {@link #razor}.
     */
    public static Memory half() {
        return of(Kind.HALF);
    }

    /**
     * The same in one of two formats of 16 bits.
     *
     * @param values {@code FP16} for {@link #half()}; {@code BF16}, with the range of fp32 and values at most 2⁻⁸ of themselves away, where some are beyond
     *     ±65,504
     */
    public static Memory half(RazorValues values) {
        return half().whole(MemoryCheck.sixteenBits(values));
    }

    /**
     * Every array that a layer keeps, in 256 levels between the smallest and the largest value of each group: 64 elements in a row of an example. 1.125
     * bytes per element, the groups' ranges among them. The forward pass has the same bits, gradients are those at the rounded values, each at most half a
     * step away, (max − min)/510 of its group. Nothing saturates; an infinity or NaN makes its group NaN. Ranges are those of the array, as at ActNN's
     * simplest level (arXiv 2104.14129), not means over steps as Mesa's (arXiv 2111.11124), and rounding is to nearest. In a conversion: runs of layers, as
     * for {@link #razor}.
     */
    public static Memory int8() {
        return of(Kind.INT8);
    }

    /** The same of all elements, in these values: smooth activation functions have a form of their own for fp16 alone. */
    Memory whole(RazorValues values) {
        ActivationMemory activations = values == RazorValues.FP16 ? ActivationMemory.FP16 : ActivationMemory.THINNED;
        return toBuilder()
                .thin(WHOLE.toBuilder().values(values).activations(activations).build())
                .build();
    }

    /** Memory-sharing norms: exact (MS-BP, arXiv 2406.16282). */
    public static Memory sharedNorms() {
        return of(Kind.SHARED_NORMS);
    }

    /** Memory-sharing norms, and 2-bit codes for derivatives (Approx-BP and MS-BP, arXiv 2406.16282). */
    public static Memory approx() {
        return of(Kind.APPROX);
    }

    /**
     * Back Razor (NeurIPS 2022): fp16 values and means for the rest, unless said otherwise.
     *
     * @param prune fraction of every activation's elements that is dropped, in [0, 1)
     */
    public static Memory razor(double prune) {
        return of(Kind.RAZOR).prune(prune);
    }

    /** The same razor with another fraction. */
    Memory prune(double prune) {
        return thin(t -> t.prune(Thin.ratio(prune)));
    }

    /** A unit's input alone; its forward runs once more in backward. On any network. */
    public static Memory checkpoint() {
        return of(Kind.CHECKPOINT);
    }

    /** Reversible chains of residual blocks (Dr²Net, arXiv 2401.04105), α and β by a schedule. */
    public static Memory reversible(CoefficientSchedule schedule) {
        MemoryCheck.given(
                schedule, "a reversible memory's schedule", "CoefficientSchedule.over(steps), or reversible()");
        schedule.validate();
        return of(Kind.REVERSIBLE).schedule(schedule.copy());
    }

    /** The same chain with other coefficients. */
    Memory schedule(CoefficientSchedule schedule) {
        return chain(c -> c.schedule(schedule));
    }

    /** The same at Dr²Net's start, (1, 1/8), for ever. */
    public static Memory reversible() {
        return of(Kind.REVERSIBLE);
    }

    /** Reads what {@link #toString} writes, {@code checkpoint} or {@code reversible+approx otherwise checkpoint}, say. */
    public static Memory parse(String text) {
        return new MemoryText(MemoryCheck.given(text, "the text of a memory", "checkpoint, say")).memory();
    }

    /**
     * What lives while a unit is computed again: {@code reversible().inside(approx())} has 2-bit derivatives in the blocks of its chains.
     *
     * @param memory of one layer, so nothing that is of several, has an {@code otherwise} or names layers; null for what the layers say
     */
    public Memory inside(@Nullable Memory memory) {
        MemoryCheck.inside(this, memory);
        return toBuilder().inside(memory).build();
    }

    /**
     * What becomes of the layers that this cannot be done with; they stay as they are if not set. One behind another is of what neither can be done
     * with: {@code a.otherwise(b).otherwise(c)} is {@code a.otherwise(b.otherwise(c))}.
     *
     * @param rest null takes all of them back
     */
    public Memory otherwise(@Nullable Memory rest) {
        Memory all = otherwise == null || rest == null ? rest : otherwise.otherwise(rest);
        return toBuilder().otherwise(all).build();
    }

    /**
     * Another choice for some layers of a network.
     *
     * @param pattern of their names, {@code *} for any characters; the last one that fits counts, and one that fits no layer is an error
     */
    public Memory at(String pattern, Memory memory) {
        MemoryCheck.given(pattern, "the pattern of at", "the name of a layer, or res5*, say");
        MemoryCheck.given(memory, "the memory at \"" + pattern + "\"", "store() for arrays as they are, or use except");
        Map<String, Memory> all = new LinkedHashMap<>(at);
        all.remove(pattern);
        all.put(pattern, memory);
        return toBuilder().at(Collections.unmodifiableMap(all)).build();
    }

    /** Layers that stay as they are, by the patterns of their names. */
    public Memory except(String... patterns) {
        MemoryCheck.given(patterns, "a list of patterns of except", "names of layers");
        Set<String> all = new LinkedHashSet<>(excepted);
        for (String pattern : patterns) {
            all.add(MemoryCheck.given(pattern, "a pattern of except", "the name of a layer, or conv*, say"));
        }
        return toBuilder().excepted(Collections.unmodifiableSet(all)).build();
    }

    /** How a razor stores the values that it keeps. */
    public Memory values(RazorValues values) {
        return thin(t -> t.values(MemoryCheck.given(values, "what a razor keeps values in", "RazorValues.FP16, say")));
    }

    /** What dropped elements count as for a razor. */
    public Memory fill(RazorFill fill) {
        return thin(t -> t.fill(MemoryCheck.given(fill, "the fill of a razor", "RazorFill.MEAN, say")));
    }

    /** The ablation that the razor's paper contrasts with: linear layers compute with what is left in a training's forward, too. */
    public Memory forward(boolean on) {
        return thin(t -> t.forward(on));
    }

    /** Whether attention under a razor keeps its probabilities, thinned, as in the paper, instead of computing them again. */
    public Memory probabilities(boolean on) {
        return thin(t -> t.probabilities(on));
    }

    /** What smooth activation functions keep under a razor: two bits if not set. */
    public Memory activations(ActivationMemory kept) {
        MemoryCheck.activations(this, kept);
        return thin(t -> t.activations(kept));
    }

    /** How chains get what backward needs: reversed unless said otherwise; stored to compare with. */
    public Memory mode(ChainMode mode) {
        return chain(c -> c.mode(MemoryCheck.given(mode, "the mode of chains", "ChainMode.REVERSE, say")));
    }

    /** Numbers of a chain's streams; null for the network type's default. */
    public Memory streams(@Nullable StreamType streams) {
        return chain(c -> c.streams(streams));
    }

    /** S of exact streams, resolution 2^−S and range ±2^(31−S); null for what the range of the first step asks for. */
    public Memory streamScale(@Nullable Integer scale) {
        MemoryCheck.streamScale(this, scale);
        return chain(c -> c.streamScale(scale));
    }

    /** Relative error of a reconstruction that floating-point streams may reach before a state is kept. */
    public Memory tolerance(double tolerance) {
        MemoryCheck.tolerance(this, tolerance);
        return chain(c -> c.tolerance(tolerance));
    }

    /** Whether layers of this library right in front of transformer blocks, such as an embedding, become the chain's stem, whose output is not kept. */
    public Memory stem(boolean on) {
        return chain(c -> c.stem(on));
    }

    /** Blocks that a chain has at least; two if not set. */
    public Memory atLeast(int blocks) {
        MemoryCheck.atLeast(this, blocks);
        return chain(c -> c.atLeast(blocks));
    }

    /** With DL4J's implementations of its layers in containers: to tell whether a difference comes from this library's hosts. */
    public Memory stockHosts(boolean on) {
        MemoryCheck.stockHosts(this, on);
        return toBuilder().stockHosts(on).build();
    }

    /**
     * Whether arrays of 4 KiB and more wait on a disk between forward and backward, in the form that they would have in memory: the same bits. What backward
     * reads first stays. In a conversion of a network.
     */
    public Memory onDisk(boolean on) {
        MemoryCheck.onDisk(this, on);
        return toBuilder().onDisk(on).build();
    }

    private Memory thin(UnaryOperator<Thin.ThinBuilder> change) {
        MemoryCheck.isRazor(this);
        return toBuilder().thin(change.apply(thin.toBuilder()).build()).build();
    }

    private Memory chain(UnaryOperator<Chain.ChainBuilder> change) {
        MemoryCheck.isReversible(this);
        return toBuilder().chain(change.apply(chain.toBuilder()).build()).build();
    }

    /** Whether it says something of single layers: {@link #at}, {@link #except}. */
    public boolean hasRules() {
        return !at.isEmpty() || !excepted.isEmpty();
    }

    /** The same without what it says of single layers. */
    public Memory alone() {
        return toBuilder().at(Map.of()).excepted(Set.of()).build();
    }

    /** Whether the layers inside keep arrays by {@link #thin}. */
    public boolean thins() {
        return kind == Kind.RAZOR || isWhole();
    }

    /** Whether they keep every element of an array, in fewer bits: {@link #half}, {@link #int8}. */
    public boolean isWhole() {
        return kind == Kind.HALF || kind == Kind.INT8;
    }

    /** Whether norms are to share their output with the linear layers behind them. */
    public boolean sharesNorms() {
        return kind == Kind.APPROX
                || kind == Kind.SHARED_NORMS
                || kind == Kind.RAZOR && inside != null && inside.sharesNorms();
    }

    /** A text that {@link #parse} reads. */
    @Override
    public String toString() {
        return MemoryText.of(this);
    }
}
