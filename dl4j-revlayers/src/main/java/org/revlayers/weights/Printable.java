package org.revlayers.weights;

/** Text from a file as a terminal may show it: one line, nothing that moves the cursor or turns the direction, not longer than a screen. */
public final class Printable {

    private static final int LONGEST = 600;

    private Printable() {}

    /** The text, unprintable characters as {@code \}{@code uXXXX}, its middle left out if it is very long. */
    public static String of(String text) {
        return of(text, LONGEST);
    }

    /** @param longest characters that are kept */
    public static String of(String text, int longest) {
        String cut = text.length() <= longest
                ? text
                : text.substring(0, longest * 2 / 3) + " … (" + (text.length() - longest) + " characters) … "
                        + text.substring(text.length() - longest / 3);
        StringBuilder out = new StringBuilder(cut.length());
        cut.codePoints().forEach(c -> {
            if (shown(c)) {
                out.appendCodePoint(c);
            } else {
                out.append(String.format("\\u%04x", c));
            }
        });
        return out.toString();
    }

    private static boolean shown(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
