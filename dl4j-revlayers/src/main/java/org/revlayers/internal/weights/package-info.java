/** Name maps that turn the tensors of known models into plain arrays ({@link org.revlayers.internal.weights.VitBlockWeights} and friends); the layers take them. */
package org.revlayers.internal.weights;
