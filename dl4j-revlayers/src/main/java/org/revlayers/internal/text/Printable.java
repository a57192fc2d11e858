package org.revlayers.internal.text;

/** Text from a file as a terminal may show it: one line, nothing that moves the cursor or turns the direction, not longer than a screen. */
public final class Printable {

    private static final int LONGEST = 600;

    private Printable() {}

    /** The text, unprintable characters as {@code \}{@code uXXXX}, its middle left out if it is very long. */
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /** @param longest characters that are shown, those of escapes among them */
    public static String of(String text, int longest) {
        StringBuilder all = new StringBuilder();
        int read = append(text, longest, all);
        if (read == text.length()) {
            return all.toString();
        }
        StringBuilder head = new StringBuilder();
        StringBuilder tail = new StringBuilder();
        int begun = append(text, longest * 2 / 3, head);
        int ended = prepend(text, longest / 3, tail);
        return head + " … (" + (text.length() - begun - ended) + " characters) … " + tail;
    }

    /** Appends as much of the text's beginning as there is room for; says how many of its characters. */
    private static int append(String text, int room, StringBuilder out) {
        int at = 0;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            String shown = shown(c);
            if (out.length() + shown.length() > room) {
                break;
            }
            out.append(shown);
            at += Character.charCount(c);
        }
        return at;
    }

    /** The same of its end. */
    private static int prepend(String text, int room, StringBuilder out) {
        int at = text.length();
        while (at > 0) {
            int c = text.codePointBefore(at);
            String shown = shown(c);
            if (out.length() + shown.length() > room) {
                break;
            }
            out.insert(0, shown);
            at -= Character.charCount(c);
        }
        return text.length() - at;
    }

    private static String shown(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> String.format("\\u%04x", c);
            default -> Character.toString(c);
        };
    }
}
