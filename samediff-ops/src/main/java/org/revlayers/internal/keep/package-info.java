/**
 * How an activation gets from forward to backward.
 *
 * <ul>
 *   <li>{@link org.revlayers.internal.keep.Form}: the answers in one word each.
 *   <li>{@link org.revlayers.internal.keep.Kept}: what one layer keeps right now; a {@link org.revlayers.internal.keep.KeepsForBackward} shows it to the meter.
 *   <li>{@link org.revlayers.internal.keep.Keeper}: carries an array from forward to backward, dense or thinned; {@link
 *       org.revlayers.internal.keep.Thinning} says what stays.
 *   <li>{@link org.revlayers.internal.keep.Prediction}: what will be kept, from shapes alone.
 * </ul>
 */
package org.revlayers.internal.keep;
