package org.revlayers.internal.text;

import java.util.Locale;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/** Text for pages that are HTML and XML at once. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class Markup {

    /** As it reads, in an element or an attribute; what XML cannot say is left out. */
    public static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .filter(c -> c == '\t' || c >= ' ' && c < 0xD800 || c > 0xDFFF && c < 0xFFFE || c > 0xFFFF)
                .forEach(c -> {
                    switch (c) {
                        case '&' -> out.append("&amp;");
                        case '<' -> out.append("&lt;");
                        case '>' -> out.append("&gt;");
                        case '"' -> out.append("&quot;");
                        default -> out.appendCodePoint(c);
                    }
                });
        return out.toString();
    }

    /** The same, cut to so many characters. */
    public static String shortened(String text, int most) {
        return escaped(text.length() <= most ? text : text.substring(0, most - 1) + "…");
    }

    /** With the point as in source code. */
    public static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
