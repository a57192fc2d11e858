package org.revlayers.internal.backend;

import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;

/** A service that names the ops of one module: one instance of each, made with the constructor that takes no arguments. */
public interface JavaOps {

    /** The ops, forward and backward. */
    List<DifferentialFunction> ops();
}
