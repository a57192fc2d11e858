/**
 * The planner of a training's memory: a byte budget in, the fastest plan that fits out. Pure: it knows neither arrays nor layers, only what each method
 * of each unit keeps, needs for a moment, and costs.
 *
 * <p>A network is a chain of units 1…n in forward order. A {@link org.revlayers.internal.plan.Choice} of a unit keeps s bytes from its forward to its backward,
 * needs q = max(forward peak, backward peak) bytes for a moment, and takes t extra seconds a step; B bytes are there throughout. A plan fits M bytes if
 *
 * <pre>
 *   B + Σ_{j&lt;i} s_j + q_i ≤ M   for every unit i, and for the head behind the last
 * </pre>
 *
 * <p>Going backwards, with R relative to what was kept before unit i and T the extra time from there on:
 *
 * <pre>
 *   R_{n+1} = the head's bytes           T_{n+1} = 0
 *   R_i = max(q_ik, s_ik + R_{i+1})      T_i = t_ik + T_{i+1}
 * </pre>
 *
 * <p>Both are monotone in what lies behind, so that pairs (R, T) which no other pair beats in both are enough: one pass from the last unit to the first
 * gives the plans of all budgets, exact to the byte. A method over several units, a {@link org.revlayers.internal.plan.Segment}, is an edge that leads past them,
 * with its own s, q and t.
 *
 * <p>What a choice moves to a disk is no part of its s. From the last unit with something there on, in backward, what the nearest such unit before has there is read
 * ahead: that comes to a unit's backward peak. Going backwards, which unit that will be is not known yet, so there is a list of pairs for each size that it may
 * have, and one for nothing on a disk from there on; a disk's buffers come to B in plans that move something.
 *
 * <p>T is compared as whole nanoseconds, then, at equal T: units that train a new function, units with approximate gradients, units that do not simply
 * store; fewer is better. These counts add up along a plan like T does, so the order is kept exactly, and nothing is recomputed at no cost while there
 * is memory to spare. What is equal in all that and in R is chosen by fewer changes of method, decided from the last unit to the first, then by the
 * order in which choices were given.
 *
 * <p>Tensors that two units share are charged to their consumer. Not modelled: what an allocator wastes between arrays, and overlap of transfers with
 * computation.
 */
package org.revlayers.internal.plan;
