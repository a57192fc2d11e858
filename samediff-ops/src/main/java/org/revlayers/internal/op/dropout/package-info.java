/** Dropout of which nothing is kept. */
package org.revlayers.internal.op.dropout;
