/** SameDiff ops that keep little for their backward pass, by {@link org.revlayers.op.RevOps}; the ops themselves are in {@code org.revlayers.internal.op}. */
@NullMarked
package org.revlayers.op;

import org.jspecify.annotations.NullMarked;
