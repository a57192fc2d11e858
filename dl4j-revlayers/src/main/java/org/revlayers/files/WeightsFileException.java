package org.revlayers.files;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.revlayers.internal.text.Printable;

/**
 * A file from outside that breaks its format's rules, or lacks what a model needs. The message names file, rule, value and remedy.
 *
 * @since 0.1.0
 */
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

    /** @param cause what the reader met; null if it met nothing but the value */
    public WeightsFileException(Path file, String broken, String remedy, @Nullable Throwable cause) {
        super(Printable.of(file.toString()) + ": " + Printable.of(broken) + "; " + remedy, cause);
    }
}
