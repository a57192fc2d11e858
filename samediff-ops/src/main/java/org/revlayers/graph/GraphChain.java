package org.revlayers.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.op.ChainSettings;
import org.revlayers.internal.op.RevChain;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/**
 * Builds a reversible dual-residual chain in a SameDiff graph: one op over n sub-functions, each written as any part of a graph is.
 *
 * <pre>
 *   xᵢ = Fᵢ(xᵢ₋₁) + α·xᵢ₋₁ + yᵢ₋₁      yᵢ = β·xᵢ₋₁      value = xₙ
 * </pre>
 *
 * <p>How the streams begin and end: {@link StreamStart}, {@link StreamMerge}; SPLIT, CONCAT and (0, 1) are RevNet's pair form y₁ = x₁ + F(x₂),
 * y₂ = x₂ + G(y₁).
 *
 * <pre>{@code
 * GraphChain chain = GraphChain.in(sd, "chain").coefficients(CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 800));
 * for (int i = 0; i < 12; i++) {
 *     chain.then("mlp" + i, (g, x) -> {
 *         SDVariable w1 = g.var("w1", new XavierInitScheme('c', 64, 256), DataType.FLOAT, 64, 256);
 *         SDVariable w2 = g.var("w2", new XavierInitScheme('c', 256, 64), DataType.FLOAT, 256, 64);
 *         return RevOps.gelu(RevOps.msLayerNorm(x, 1e-6).mmul(w1)).mmul(w2);
 *     });
 * }
 * SDVariable y = chain.of(x);
 * }</pre>
 *
 * <p>Post-activation and post-norm networks apply a function r, ReLU or a norm, behind every addition. The streams are the sums before r, and the
 * next sub-function begins with it ({@link #then(String, SubFunction, SubFunction)}); r of the last one is applied to the value:
 *
 * <pre>
 *   xᵢ = Fᵢ(rᵢ(xᵢ₋₁)) + α·rᵢ(xᵢ₋₁) + yᵢ₋₁      yᵢ = β·xᵢ₋₁
 * </pre>
 *
 * <p>{@link CoefficientSchedule#randomSigns}: ±γ by sample, along the first axis of x, in training, and the graph of the plain blocks in
 * {@code output}. Signs are drawn from the chain's name, the step, the sub-function and the sample.
 *
 * <p>A function's ops move into the op; what it reads besides x, such as the parameters that it makes ({@code chain/mlp0/w1}), stays in the graph
 * and becomes the op's input: {@code fit}, {@code calculateGradients}, {@code save}, {@code load} and freezing work as everywhere. Constants of up to
 * 1024 elements move along. What is kept, and the errors while the graph runs: {@link RevChain}.
 *
 * <p>Functions must give the same bits for the same input: stock random ops are rejected, {@code RevOps.dropoutReplay} is repeatable.
 *
 * @since 0.1.0
 */
public final class GraphChain {

    private final SameDiff sd;
    private final String name;
    private final List<ChainPart> parts = new ArrayList<>();
    private ChainMode mode = ChainMode.REVERSE;
    private Function<String, @Nullable ChainMode> modes = name -> null;
    private @Nullable Map<String, INDArray> sample;
    private StreamStart start = StreamStart.BETA_X0;
    private StreamMerge merge = StreamMerge.X_ONLY;
    private int featureAxis = -1;
    private ChainSettings settings;

    private GraphChain(SameDiff sd, String name) {
        this.sd = sd;
        this.name = name;
        settings = ChainSettings.of(name, CoefficientSchedule.constant(0, 1).table());
    }

    /** A chain in this graph; the name is that of its value and the first part of its parameters' names. */
    public static GraphChain in(SameDiff sd, String name) {
        return new GraphChain(sd, name);
    }

    /** A chain of functions named f0, f1, … with everything else as it is if not set. */
    public static SDVariable of(
            SameDiff sd, String name, SDVariable x, CoefficientSchedule coefficients, List<SubFunction> functions) {
        GraphChain chain = in(sd, name).coefficients(coefficients);
        functions.forEach(f -> chain.then("f" + chain.parts.size(), f));
        return chain.of(x);
    }

    /** Appends a sub-function. */
    public GraphChain then(String name, SubFunction function) {
        return then(name, null, function);
    }

    /**
     * Appends a sub-function behind r: x' = F(r(x)) + α·r(x) + y, y' = β·x.
     *
     * @param r        what the pretrained network applies behind the addition before, of x's type and shape; its variables are named
     *     {@code chain/sub-function/r/name}; null for the identity
     * @param function F, which gets r(x)
     */
    public GraphChain then(String name, @Nullable SubFunction r, SubFunction function) {
        parts.add(new ChainPart(this.name, name, r, function, true));
        return this;
    }

    /** Appends one around which the pretrained network has no residual edge: α does not apply to it. */
    public GraphChain thenPlain(String name, SubFunction function) {
        parts.add(new ChainPart(this.name, name, null, function, false));
        return this;
    }

    /** α and β; (0, 1) for ever if not set. */
    public GraphChain coefficients(CoefficientSchedule coefficients) {
        settings = settings.withCoefficients(coefficients.table());
        return this;
    }

    /** REVERSE if not set. */
    public GraphChain mode(ChainMode mode) {
        this.mode = mode;
        return this;
    }

    /**
     * Modes of single sub-functions, for example STORE for the ones that are dear to compute again. Neighbours in REVERSE keep the state behind the
     * last of them, 8 bytes per element: few long runs keep less than many short ones. Values and gradients are the same bits whatever the modes, but
     * gradients of what several runs read are added up in another order.
     *
     * @param modes of a sub-function's name; null for the mode of the chain
     */
    public GraphChain modes(Function<String, @Nullable ChainMode> modes) {
        this.modes = modes;
        return this;
    }

    /**
     * S of the integer streams of FLOAT and HALF networks, 0 to 30: resolution 2^−S, range ±2^(31−S). 20 if not set: 1e-6 and ±2048. For larger
     * activations take less, or let {@link #scaleFrom} choose.
     */
    public GraphChain scale(int bits) {
        settings = settings.withScale(bits);
        this.sample = null;
        return this;
    }

    /**
     * Chooses S by a run of the chain on a sample, in inference and at every pair of coefficients: the finest of at most 20 bits at which 64 times the
     * largest magnitude fits 32 bits. It does not change later: a value beyond the range stops the step. DOUBLE networks have no S.
     *
     * @param sample values of the placeholders that the chain's input and functions need
     */
    public GraphChain scaleFrom(Map<String, INDArray> sample) {
        this.sample = Map.copyOf(sample);
        return this;
    }

    /** S; a chosen one once the chain was added. */
    public int scale() {
        return settings.scale();
    }

    /**
     * What the streams are made of. EXACT if not set, and DOUBLE for DOUBLE networks, which have nothing else. FLOAT and DOUBLE need no scale and
     * have no range; their states come back up to rounding errors, which grow the faster the smaller β is: every few sub-functions one is kept
     * ({@link #tolerance}).
     *
     * @param type null for what is used if not set
     */
    public GraphChain streams(@Nullable StreamType type) {
        settings = settings.withStreams(type);
        return this;
    }

    /** Relative error of a rebuilt state that floating-point streams may reach before a state is kept; 1e-3 if not set. */
    public GraphChain tolerance(double tolerance) {
        settings = settings.withTolerance(tolerance);
        return this;
    }

    /** BETA_X0 if not set. */
    public GraphChain start(StreamStart start) {
        this.start = start;
        return this;
    }

    /** X_ONLY if not set. */
    public GraphChain merge(StreamMerge merge) {
        this.merge = merge;
        return this;
    }

    /** The axis that SPLIT and CONCAT are along; the last one, −1, if not set. Images in NCHW have it at 1. */
    public GraphChain featureAxis(int axis) {
        this.featureAxis = axis;
        return this;
    }

    /** Whether integer streams compare a checksum of every state that they rebuild with that of the forward's; on if not set. */
    public GraphChain verify(boolean on) {
        settings = settings.withVerify(on);
        return this;
    }

    /** Adds the chain to the graph and returns its value for this input; the chain is not to be used again. */
    public SDVariable of(SDVariable x) {
        List<ChainMode> used = parts.stream()
                .map(p -> Objects.requireNonNullElse(modes.apply(p.name()), mode))
                .toList();
        check(x, new HashSet<>(used));
        ChainEnds ends = new ChainEnds(start, merge, featureAxis);
        settings = settings.withZeroStart(start == StreamStart.ZERO)
                .withPair(start == StreamStart.SPLIT)
                .withBoth(merge != StreamMerge.X_ONLY);
        ChainWiring.Written last = new ChainWiring(sd, parts, used, settings).write(sample, ends.begin(sd, x));
        settings = settings.withScale(last.scale());
        return ends.end(sd, last.x(), last.y()).rename(name);
    }

    private void check(SDVariable x, Set<ChainMode> used) {
        StreamType streams = settings.streams();
        require(x.getSameDiff() == sd, "gets an input of another graph");
        require(x.dataType().isFPType(), "needs FLOAT, DOUBLE or HALF values, not " + x.dataType());
        require(
                streams == null || streams == StreamType.DOUBLE || x.dataType() != DataType.DOUBLE,
                "has " + streams + " streams in a DOUBLE network: use StreamType.DOUBLE");
        require(
                sample == null || streams == null || streams.exact(),
                "chooses no scale: streams of " + streams + " have none");
        require(!parts.isEmpty(), "has no sub-functions: add one with then(name, function)");
        require(!sd.hasVariable(name), "has a name that a variable has: choose another");
        require(scale() >= 0 && scale() <= 30, "needs a scale of 0 to 30 bits, not " + scale());
        require(
                sample == null || used.size() == 1 && !used.contains(ChainMode.STORE),
                "chooses no scale in STORE or in several modes: choose one in REVERSE, and set scale(bits) to its scale()");
        require(
                settings.tolerance() > 0 && settings.tolerance() < 1,
                "needs 0 < tolerance < 1, not " + settings.tolerance());
        require(
                !used.contains(ChainMode.REVERSE) || settings.coefficients().invertible(),
                "cannot be inverted at β = 0: use CHECKPOINT or STORE, or coefficients with β > 0");
        String misfit = TwoStep.obstacle(settings.coefficients().form(), start, merge);
        require(misfit == null, misfit);
        String obstacle = new ChainEnds(start, merge, featureAxis).obstacle(x.getShape());
        require(obstacle == null, obstacle);
        ChainPart.check(parts, settings.coefficients().hasMomentum());
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("chain \"" + name + "\" " + what);
        }
    }
}
