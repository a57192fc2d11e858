/**
 * Layers on tokens {@code [batch, tokens, features]}: transformer blocks, attention, MLP, norms, embeddings and pooling. Configurations are public; each makes its
 * host, which runs the maths of {@code org.revlayers.internal.layers} on the arrays that DL4J gives.
 */
@NullMarked
package org.revlayers.layers;

import org.jspecify.annotations.NullMarked;
