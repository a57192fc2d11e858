package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {

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
