package org.revlayers.examples.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Model.CommandSpec;

/** Collects a warning for each option that was given on a command line and that nothing reads there. */
public final class UnusedOptions {

    private final CommandSpec spec;
    private final List<String> warnings = new ArrayList<>();

    /** @param spec of the command, parsed */
    public UnusedOptions(CommandSpec spec) {
        this.spec = spec;
    }

    /**
     * Looks at some options.
     *
     * @param used whether something reads them
     * @param why  what to say about an option by its name
     */
    public void add(boolean used, UnaryOperator<String> why, String... names) {
        for (String name : names) {
            if (!used && spec.commandLine().getParseResult().hasMatchedOption(name)) {
                warnings.add("warning: " + why.apply(name));
            }
        }
    }

    /** One line each, in the order they were looked at. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
