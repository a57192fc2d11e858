package org.revlayers.files;

import java.io.IOException;
import java.nio.file.Path;
import org.revlayers.internal.text.Printable;

/** A file from outside that breaks its format's rules, or lacks what a model needs. The message names file, rule, value and remedy. */
public final class WeightsFileException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * @param file   the file
     * @param broken the rule and the value that breaks it
     * @param remedy what to do about it
     */
    public WeightsFileException(Path file, String broken, String remedy) {
        this(file, broken, remedy, null);
    }

    /** @param cause what the reader met */
    public WeightsFileException(Path file, String broken, String remedy, Throwable cause) {
        super(Printable.of(file.toString()) + ": " + Printable.of(broken) + "; " + remedy, cause);
    }
}
