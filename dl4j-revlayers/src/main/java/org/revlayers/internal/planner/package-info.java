/**
 * What {@code org.revlayers.MemoryPlanner} measures and adds up: bytes and seconds of every unit by every answer, what the rest of a network holds, and the
 * solver's problem made of both. Bytes are those of the code that trains, run once on arrays of the batch's shapes.
 */
package org.revlayers.internal.planner;
