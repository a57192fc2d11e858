package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {

    /** The parser reads a percent sign as a format, and says on standard error what it could not make of one. */
    @Test
    void helpSaysNothingOnStandardError() {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            for (CommandLine command : Main.commandLine().getSubcommands().values()) {
                String help = command.getUsageMessage();
                assertFalse(help.contains("%%"), help);
            }
        } finally {
            System.setErr(before);
        }
        assertEquals("", said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void summariesOfCommandsEndAtASentence() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            String[] description = command.getCommandSpec().usageMessage().description();
            if (!command.getCommandSpec().usageMessage().hidden()) {
                assertTrue(
                        description[0].endsWith("."),
                        command.getCommandName() + ": what --help lists is " + description[0]);
            }
        }
    }
}
