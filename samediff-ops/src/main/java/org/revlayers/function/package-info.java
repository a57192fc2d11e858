/** The functions that a user chooses a layer's by name: activation curves and the statistics of norms. */
@NullMarked
package org.revlayers.function;

import org.jspecify.annotations.NullMarked;
