package org.revlayers.internal.kernel;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/** What a user has to know: logged, or on standard error where there is no SLF4J binding, which throws all logging away. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Warnings {

    /** Says it once, wherever it is seen. */
    public static void warn(Logger log, String text) {
        if (LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory) {
            System.err.println("revlayers: " + text);
        } else {
            log.warn(text);
        }
    }
}
