/** SameDiff ops that keep little for their backward pass, by {@link org.revlayers.op.RevOps}; the ops themselves are in {@code org.revlayers.internal.op}. */
package org.revlayers.op;
