package org.revlayers.internal.graph;

import java.util.Map;

/** A graph has nothing of what a conversion is about; another one may find something in it. */
public final class NothingToConvertException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final transient Map<String, String> left;

    NothingToConvertException(String message, Map<String, String> left) {
        super(message);
        this.left = left;
    }

    /** Names of values that were looked at, and why each was left, in the order of the graph. */
    public Map<String, String> left() {
        return left;
    }
}
