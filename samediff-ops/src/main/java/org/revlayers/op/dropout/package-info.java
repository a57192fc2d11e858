/** Dropout of which nothing is kept. */
package org.revlayers.op.dropout;
