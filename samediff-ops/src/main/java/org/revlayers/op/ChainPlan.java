package org.revlayers.op;

import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * What a chain keeps in one step: from its settings, the coefficients of the step and the type alone, so that shapes are known beforehand.
 *
 * @param settings of the chain
 * @param c        coefficients of the step
 * @param values   type of the network
 */
record ChainPlan(ChainSettings settings, Coefficients c, DataType values) {

    int size() {
        return settings.blocks().size();
    }

    boolean exact() {
        return streams().exact();
    }

    /** The coefficients of one sub-function. */
    Coefficients c(int block) {
        return settings.blocks().get(block).residual() ? c : c.withoutAlpha();
    }

    /** How many arrays of the streams' shape the states output has, and of which type. */
    long states() {
        return settings.checkpoint() ? size() : 2 + 2L * anchors();
    }

    StreamType streams() {
        return settings.streamsOf(values);
    }

    DataType streamType() {
        return streams().getDataType();
    }

    DataType stateType() {
        return settings.checkpoint() ? values : streamType();
    }

    /** Bytes of side values of one sub-function. */
    long sideBytes(long elements) {
        return settings.checkpoint() || !exact() ? 0 : StreamKernels.sideBytes(elements, c.magnitude(), c.q());
    }

    /** Whether the state in front of every sub-function is proved, by checksums, when it was rebuilt. */
    boolean proves() {
        return settings.verify() && exact() && !settings.checkpoint();
    }

    private int anchors() {
        int anchors = 0;
        for (int i = 1; i < size(); i++) {
            anchors += isAnchor(i) ? 1 : 0;
        }
        return anchors;
    }

    /**
     * Whether the state in front of a sub-function is kept, because floating-point streams rebuilt so far would be worse than the tolerance. The
     * end state (index n) always is.
     */
    boolean isAnchor(int block) {
        return block == size() || distance() < size() && (size() - block) % distance() == 0;
    }

    /** Where in the states output the pair of a kept state begins. */
    int slot(int block) {
        return block == size() ? 0 : 2 * ((size() - block) / distance());
    }

    /** How many sub-functions may be inverted in a row. */
    private int distance() {
        if (settings.checkpoint() || exact()) {
            return Integer.MAX_VALUE;
        }
        double growth = Math.log(errorGrowth());
        double digits = Math.log(settings.tolerance() / (streamType() == DataType.DOUBLE ? 0x1p-53 : 0x1p-24));
        return growth < 1e-9 ? Integer.MAX_VALUE : (int) Math.max(1, Math.floor(digits / growth));
    }

    /** The worst of the two kinds of sub-functions. */
    private double errorGrowth() {
        return Math.max(c.errorGrowth(), c.withoutAlpha().errorGrowth());
    }
}
