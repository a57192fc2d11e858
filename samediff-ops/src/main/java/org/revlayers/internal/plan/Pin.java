package org.revlayers.internal.plan;

import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Units whose method is given: {@code new Pin("res2*", Choice.STORE)}.
 *
 * @param pattern name of a unit; * stands for any characters, none included
 * @param method  that these units have, on their own or in a segment
 */
public record Pin(String pattern, String method) {

    public Pin {
        Objects.requireNonNull(pattern, "pattern");
        Objects.requireNonNull(method, "method");
    }

    /** Whether a unit of that name is meant. */
    public boolean matches(String name) {
        String regex =
                Arrays.stream(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(regex, Pattern.DOTALL).matcher(name).matches();
    }

    @Override
    public String toString() {
        return "\"" + pattern + "\" → " + method;
    }
}
