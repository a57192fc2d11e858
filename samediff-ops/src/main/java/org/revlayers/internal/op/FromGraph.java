package org.revlayers.internal.op;

import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;

/** A part of a chain that repeats ops of a graph: their values have names, which a way back gives them again. */
public interface FromGraph {

    /** Names of the values of these ops. */
    Set<String> values(SameDiff graph);
}
