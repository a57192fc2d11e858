package org.revlayers.internal.reversible;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.activation.Philox;
import org.revlayers.internal.kernel.stream.SampleSum;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/**
 * The forms of {@link ChainForm} with a γ, in one step of one chain: γ by sub-block and sample, arrays having the samples first.
 *
 * <pre>
 *   x' = g + y    g = (1 + γₖ)·F(u) + e·u    y' = γₖ₊₁·x    u = x, or r(x)
 *   e = 1 − γₖ, or −2γₖ for a function that has its edge inside;  γ₀ = 0, y₀ = 0
 * </pre>
 *
 * <p>g is a value of the network's type, computed again from the same bits in backward, so the streams add it with α = 0 and keep the side bits of |γ|. They know
 * no signs: {@link #turn} changes that of y behind a coupling and, the same again, in front of its inverse.
 *
 * <p>Signs are bits of Philox-4x32-10: sample j of sub-block k has bit j mod 128 of the block with counter k·2³² + ⌊j/128⌋ and key seed ⊕
 * step·0x9E3779B97F4A7C15, whatever the size of the batch.
 *
 * @param gamma  |γ|
 * @param random whether signs are drawn
 * @param key    of the draw
 */
public record TwoStep(double gamma, boolean random, long key) {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int WORDS = 4;
    private static final int BITS = WORDS * Integer.SIZE;

    /**
     * Of the coefficients of a step; null for those of the form that has none.
     *
     * @param seed of the chain
     * @param step of its training
     */
    public static TwoStep of(Coefficients c, long seed, long step) {
        return c.form() == ChainForm.DUAL_RESIDUAL
                ? null
                : new TwoStep(c.beta(), c.form() == ChainForm.RANDOM_SIGNS, seed ^ step * GOLDEN);
    }

    /** Why streams of this form cannot begin and end so, as what a chain "has"; null if they can. */
    public static String obstacle(ChainForm form, StreamStart start, StreamMerge merge) {
        if (form != ChainForm.DUAL_RESIDUAL && start == StreamStart.SPLIT) {
            return "has coefficients of the form " + form
                    + ", in which y begins with 0, and a SPLIT start: use BETA_X0 or ZERO";
        }
        return form == ChainForm.RANDOM_SIGNS && merge != StreamMerge.X_ONLY
                ? "has random signs, with which inference has no y, and the merge " + merge + ": use X_ONLY"
                : null;
    }

    /** γ of one sample, which y has behind the sub-block in front of this one. */
    public double gamma(int block, long sample) {
        if (block == 0) {
            return 0;
        }
        return random && isNegative(block, sample) ? -gamma : gamma;
    }

    private boolean isNegative(int block, long sample) {
        int[] words = new int[WORDS];
        Philox.words(key, ((long) block << Integer.SIZE) + sample / BITS, words);
        int bit = (int) (sample % BITS);
        return (words[bit / Integer.SIZE] >>> bit % Integer.SIZE & 1) == 1;
    }

    /** The edge around a sub-block's function, in the pretrained network. */
    public enum Edge {
        /** It is added: 1 − γ. */
        AROUND,
        /** The function has it inside, or there is none: F(u) = G(u) − u. */
        INSIDE,
        /** It was added behind an r. */
        TAKEN;

        private double weight(double gamma) {
            return switch (this) {
                case AROUND -> 1 - gamma;
                case INSIDE -> -2 * gamma;
                default -> 0;
            };
        }
    }

    /** f ← (1 + γ)·f + e·u. */
    public void join(int block, Edge edge, INDArray f, INDArray u) {
        double[] gammas = gammas(block, f);
        sum(f, gammas, f, weights(edge, gammas), u, f);
    }

    /** The gradient of F(u) from that of g: df = (1 + γ)·dg. */
    public void joinBackward(int block, INDArray dg, INDArray df) {
        double[] gammas = gammas(block, dg);
        sum(dg, gammas, dg, new double[gammas.length], null, df);
    }

    /** Adds what the edge passes to the gradient of u: du ← du + e·dg. */
    public void edgeBackward(int block, Edge edge, INDArray du, INDArray dg) {
        before(block, edge, du, dg, null, du);
    }

    /**
     * The gradient of x in front of a sub-block, as {@link StreamGradients#before}: du + e·dx + γₖ₊₁·dy.
     *
     * @param du  what comes through the function
     * @param dx  of x behind it
     * @param dy  of y behind it, null for 0
     * @param out may be du or dy
     */
    public void before(int block, Edge edge, INDArray du, INDArray dx, INDArray dy, INDArray out) {
        double[] next = dy == null ? new double[(int) du.size(0)] : gammas(block + 1, du);
        sum(du, weights(edge, gammas(block, du)), dx, next, dy, out);
    }

    private static void sum(INDArray f, double[] alpha, INDArray x, double[] beta, INDArray y, INDArray out) {
        StreamKernels.get().sum(new SampleSum(f, alpha, x, beta, y, out));
    }

    private static double[] weights(Edge edge, double... gammas) {
        return Arrays.stream(gammas).map(edge::weight).toArray();
    }

    /** Of one sub-block, by the samples of an array. */
    private double[] gammas(int block, INDArray of) {
        double[] gammas = new double[(int) of.size(0)];
        Arrays.setAll(gammas, j -> gamma(block, j));
        return gammas;
    }

    /** Gives y the signs behind a sub-block, or takes them from it. */
    public void turn(int block, Streams streams) {
        if (random) {
            streams.negate(gammas(block + 1, streams.y()));
        }
    }
}
