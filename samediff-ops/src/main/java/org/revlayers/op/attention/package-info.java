/** Attention that never holds the probabilities. */
package org.revlayers.op.attention;
