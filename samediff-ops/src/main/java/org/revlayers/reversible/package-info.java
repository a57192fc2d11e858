/**
 * What can be said of a reversible chain, of layers or of SameDiff functions: coefficients and their course over a training, how each sub-block comes back,
 * what numbers the two streams are of, and how they start and join. The algebra is in {@code org.revlayers.internal.reversible}.
 */
@NullMarked
package org.revlayers.reversible;

import org.jspecify.annotations.NullMarked;
