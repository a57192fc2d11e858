/**
 * Layers as a container runs them: maths on arrays that the container owns, with everything that backward needs in a {@link
 * org.revlayers.internal.keep.Kept}, so that the container decides what lives and what is computed again.
 *
 * <p>The layers of this library are such layers by themselves. The common stock configurations (convolution, batch normalisation, dense,
 * activation, dropout) get hosts of our own with the same parameters and results; any other layer runs as DL4J implements it.
 */
package org.revlayers.internal.inner;
