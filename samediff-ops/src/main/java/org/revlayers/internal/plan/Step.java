package org.revlayers.internal.plan;

/**
 * What a plan does with the units from one up to another.
 *
 * @param from   first unit, from 0
 * @param to     behind the last: from + 1 but for a segment
 * @param choice by which they are trained
 */
public record Step(int from, int to, Choice choice) {}
