package org.revlayers.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrintableTest {

    @Test
    void showsTextThatATerminalCanShow() {
        assertEquals("größe 日本 😀", Printable.of("größe 日本 😀"));
        assertEquals("a\\u001b[31m\\u000a\\u202e", Printable.of("a\u001b[31m\n\u202e"));
    }

    @Test
    void leavesOutTheMiddle() {
        assertEquals("aaaaaa … (4 characters) … bbb", Printable.of("aaaaaaaabbbbb", 9));
        assertEquals("aaaaaaaaa", Printable.of("aaaaaaaaa", 9));
    }

    /** A byte of 0 takes six characters. */
    @Test
    void countsWhatIsShown() {
        String shown = Printable.of("\0".repeat(65_000), 600);
        assertTrue(shown.length() < 650, () -> shown.length() + " characters");
        assertTrue(shown.contains("… (64901 characters) …"), shown);
    }
}
