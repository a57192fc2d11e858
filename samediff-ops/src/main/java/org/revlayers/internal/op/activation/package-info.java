/** Activations: with an approximate gradient from a code of one or two bits, and their exact twins. */
package org.revlayers.internal.op.activation;
