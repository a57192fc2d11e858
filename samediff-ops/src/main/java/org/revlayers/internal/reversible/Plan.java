package org.revlayers.internal.reversible;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * Which states of a chain are kept in a step, from its modes and coefficients alone.
 *
 * <p>State i is (x, y) in front of sub-block i, state n the end. A REVERSE sub-block i needs state i + 1 in backward and gives state i. A state
 * is an anchor, kept as it is, where the sub-block behind it does not give it, or where floating-point streams would have lost too many digits: u·g^d
 * would exceed the tolerance, u = 2⁻²⁴ or 2⁻⁵³, g the error's growth per sub-block, d the distance to the next state that is kept.
 *
 * @param streams      numbers of the streams
 * @param modes        of the sub-blocks in this step
 * @param coefficients of the sub-blocks
 * @param anchors      n + 1 flags
 */
public record Plan(StreamType streams, List<ChainMode> modes, List<Coefficients> coefficients, boolean[] anchors) {

    /**
     * Plans a step. Nothing comes back at β = 0, where a schedule may return to: there the input of a REVERSE sub-block is kept instead.
     *
     * @param tolerance relative error of a rebuilt state that floating-point streams may reach
     * @param growth    of an error where a sub-block with these coefficients is inverted
     */
    public static Plan of(
            StreamType streams,
            double tolerance,
            List<ChainMode> modes,
            List<Coefficients> coefficients,
            ToDoubleFunction<Coefficients> growth) {
        int n = modes.size();
        ChainMode[] used = new ChainMode[n];
        boolean[] anchors = new boolean[n + 1];
        double limit = streams.exact() ? Double.POSITIVE_INFINITY : Math.log(tolerance / streams.unit());
        double lost = Double.POSITIVE_INFINITY; // nothing behind the end gives its state
        for (int i = n - 1; i >= 0; i--) {
            Coefficients c = coefficients.get(i);
            used[i] = modes.get(i) == ChainMode.REVERSE && c.b() == 0 ? ChainMode.CHECKPOINT : modes.get(i);
            if (used[i] != ChainMode.REVERSE) {
                lost = Double.POSITIVE_INFINITY;
                continue;
            }
            double more = streams.exact() ? 0 : Math.log(growth.applyAsDouble(c));
            anchors[i + 1] = Double.isInfinite(lost) || lost + more > limit;
            lost = anchors[i + 1] ? more : lost + more;
        }
        return new Plan(streams, List.of(used), coefficients, anchors);
    }

    /** How many sub-blocks there are. */
    public int size() {
        return modes.size();
    }

    /** The mode of a sub-block in this step. */
    public ChainMode mode(int i) {
        return modes.get(i);
    }

    /** α and β of a sub-block. */
    public Coefficients c(int i) {
        return coefficients.get(i);
    }

    /** Whether state i is kept. */
    public boolean isAnchor(int i) {
        return anchors[i];
    }

    /** How many of the states behind this one are kept, the end's and this one's not counted. */
    public int anchorsBehind(int i) {
        int count = 0;
        for (int k = i + 1; k < size(); k++) {
            count += anchors[k] ? 1 : 0;
        }
        return count;
    }

    /** Whether a run of REVERSE sub-blocks begins with this one: state i is what a backward rebuilds last. */
    public boolean startsRun(int i) {
        return mode(i) == ChainMode.REVERSE && (i == 0 || mode(i - 1) != ChainMode.REVERSE);
    }

    /** Side bits per element of a sub-block; 0 if it needs none. */
    public int sideBits(int i) {
        return mode(i) == ChainMode.REVERSE && streams.exact() ? StreamKernels.sideBits(c(i).magnitude(), c(i).q()) : 0;
    }

    /** Bytes of a sub-block's side bits. */
    public long sideBytes(int i, long elements) {
        return sideBits(i) == 0 ? 0 : StreamKernels.sideBytes(elements, c(i).magnitude(), c(i).q());
    }
}
