/**
 * How an activation is kept between forward and backward: the one question that every method of this library answers.
 *
 * <ul>
 *   <li>{@link org.revlayers.keep.Form}: the answers in one word each.
 *   <li>{@link org.revlayers.keep.Kept}: what one layer keeps right now; a {@link org.revlayers.keep.KeepsForBackward} shows it to the meter.
 *   <li>{@link org.revlayers.keep.Keeper}: carries an array from forward to backward, dense or thinned; {@link org.revlayers.keep.Thinning} says what
 *       stays.
 *   <li>{@link org.revlayers.keep.ActivationMemory}: what a smooth activation function keeps.
 *   <li>{@link org.revlayers.keep.Memory}: the choice that a user makes, in one spelling.
 *   <li>{@link org.revlayers.keep.Prediction}: what will be kept, from shapes alone.
 * </ul>
 */
package org.revlayers.keep;
