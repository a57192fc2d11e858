/** Attention that never holds the probabilities. */
package org.revlayers.internal.op.attention;
