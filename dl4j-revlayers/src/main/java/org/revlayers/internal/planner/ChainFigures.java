package org.revlayers.internal.planner;

/** What units [from, to) take as one reversible chain, beyond what units before them keep. */
public record ChainFigures(int from, int to, UnitFigures of) {}
