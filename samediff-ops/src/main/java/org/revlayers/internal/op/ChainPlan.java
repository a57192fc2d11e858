package org.revlayers.internal.op;

import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * How the outputs of a chain's op hold what a step keeps: from its settings, the coefficients of the step and the type alone, so that shapes are
 * known beforehand. What is kept is the {@link Plan}'s.
 */
final class ChainPlan {

    private final ChainSettings settings;
    private final Coefficients c;
    private final DataType values;
    private final Plan plan;

    /**
     * @param settings of the chain
     * @param c        coefficients of the step
     * @param values   type of the network
     */
    ChainPlan(ChainSettings settings, Coefficients c, DataType values) {
        this.settings = settings;
        this.c = c;
        this.values = values;
        boolean dual = c.form() == ChainForm.DUAL_RESIDUAL;
        double worst = dual // of the two kinds of sub-functions
                ? Math.max(c.errorGrowth(), c.withoutAlpha().errorGrowth())
                : c.errorGrowth();
        List<Coefficients> each = settings.blocks().stream()
                .map(block -> dual && block.residual() ? c : c.withoutAlpha())
                .toList();
        ChainMode mode = settings.checkpoint() ? ChainMode.CHECKPOINT : ChainMode.REVERSE;
        plan = Plan.of(
                settings.streamsOf(values),
                settings.tolerance(),
                Collections.nCopies(each.size(), mode),
                each,
                any -> worst);
    }

    ChainSettings settings() {
        return settings;
    }

    /** Coefficients of the step. */
    Coefficients c() {
        return c;
    }

    /** Type of the network. */
    DataType values() {
        return values;
    }

    int size() {
        return plan.size();
    }

    boolean exact() {
        return plan.streams().exact();
    }

    /** The coefficients of one sub-function. */
    Coefficients c(int block) {
        return plan.c(block);
    }

    StreamType streams() {
        return plan.streams();
    }

    DataType streamType() {
        return streams().getDataType();
    }

    DataType stateType() {
        return settings.checkpoint() ? values : streamType();
    }

    /** How many arrays of the streams' shape the states output has. */
    long states() {
        return settings.checkpoint() ? size() : 2 + 2L * plan.anchorsBehind(0);
    }

    /** Whether the state in front of a sub-function is kept; the end state (index n) always is, unless inputs are. */
    boolean isAnchor(int block) {
        return plan.isAnchor(block);
    }

    /** Where in the states output the pair of a kept state begins: the end's first, then from the last to the first. */
    int slot(int block) {
        return block == size() ? 0 : 2 * (1 + plan.anchorsBehind(block));
    }

    /** Bytes of side values of one sub-function. */
    long sideBytes(long elements) {
        return size() == 0 ? 0 : plan.sideBytes(0, elements);
    }

    /** Whether the state in front of every sub-function is proved, by checksums, when it was rebuilt. */
    boolean proves() {
        return settings.verify() && exact() && !settings.checkpoint();
    }
}
