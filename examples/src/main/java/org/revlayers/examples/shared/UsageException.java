package org.revlayers.examples.shared;

/** What was asked for cannot be done; the message says what and what to ask for instead. Ends the program with one line and exit code 2. */
public final class UsageException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** With what is wrong and the remedy. */
    public UsageException(String message) {
        super(message);
    }

    /** Throws one unless what is said on the command line holds. */
    public static void unless(boolean holds, String message) {
        if (!holds) {
            throw new UsageException(message);
        }
    }
}
