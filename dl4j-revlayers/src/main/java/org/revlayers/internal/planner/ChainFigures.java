package org.revlayers.internal.planner;

import org.revlayers.plan.Exactness;

/** What units [from, to) take as reversible ones, beyond what units before them keep, and what that does to the training. */
public record ChainFigures(int from, int to, Exactness exactness, UnitFigures of) {}
