/**
 * The engine of all conversions: a network as a graph of vertices ({@code NetworkEdit}), units found for the memory that their layers were given
 * ({@code Choices}, {@code Chooser}), built in its place, and taken apart again ({@code Restorer}). Users come in by {@code org.revlayers.Lean}.
 */
package org.revlayers.internal.convert;
