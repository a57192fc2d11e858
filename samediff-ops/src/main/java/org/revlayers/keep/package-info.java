/**
 * The choice that a user makes: how activations are kept between forward and backward, the one question that every method of this library answers.
 * {@link org.revlayers.keep.Memory} says it in one spelling, for builders, conversions and the command line; how it is done is in
 * {@code org.revlayers.internal.keep}.
 */
@NullMarked
package org.revlayers.keep;

import org.jspecify.annotations.NullMarked;
