package org.revlayers.internal.inner;

/** Who runs the stock configurations inside a container. */
public enum HostChoice {
    /** Hosts of this library where there is one, DL4J's implementation for the rest. */
    OWN,
    /** DL4J's implementations: to tell whether a difference comes from a host of this library. */
    STOCK
}
