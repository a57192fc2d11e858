package org.revlayers.internal.contract;

import org.jspecify.annotations.Nullable;

/** Arguments that have to be there. */
public final class Given {

    private Given() {}

    /**
     * The argument.
     *
     * @param what   it is, with an article
     * @param remedy what to give
     * @throws IllegalArgumentException that says both if it is null
     */
    public static <T> T of(@Nullable T argument, String what, String remedy) {
        if (argument == null) {
            throw new IllegalArgumentException(what + " is null: give " + remedy);
        }
        return argument;
    }
}
