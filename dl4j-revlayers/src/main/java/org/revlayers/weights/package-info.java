/** Weights from files: readers that list and read tensors ({@link org.revlayers.weights.TensorSource}), and a writer. No layer is known here. */
@NullMarked
package org.revlayers.weights;

import org.jspecify.annotations.NullMarked;
