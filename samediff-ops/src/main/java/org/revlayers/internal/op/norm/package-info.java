/** Normalisations that share their output with the next layer. */
package org.revlayers.internal.op.norm;
