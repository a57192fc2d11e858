/**
 * Weights from files: readers that list and read tensors ({@link org.revlayers.weights.TensorSource}), and name maps
 * that turn the tensors of known models into plain arrays ({@link org.revlayers.weights.VitBlockWeights} and friends).
 * No layer is known here: arrays out, and the layers take them.
 */
package org.revlayers.weights;
