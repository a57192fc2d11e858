package org.revlayers.examples.shared;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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

    /** Looks at the options that belong to methods of training, of which these are used. */
    public void addThoseOf(Collection<TrainingMethod> methods) {
        boolean thins = methods.stream().anyMatch(TrainingMethod::thins);
        add(
                methods.contains(TrainingMethod.REVERSIBLE_RANDOM),
                isFor("reversible-random", methods),
                GammaChoice.names());
        add(thins, isFor("razor", methods), RazorChoice.names());
        add(methods.contains(TrainingMethod.PLAN), isFor("plan", methods), PlanChoice.names());
        add(methods.contains(TrainingMethod.MEMORY), isFor("memory", methods), MemoryChoice.names());
        add(methods.stream().anyMatch(TrainingMethod::reprograms), isFor("bsr", methods), BsrChoice.names());
    }

    /** What to say about an option that a method would read. */
    public static UnaryOperator<String> isFor(String method, Collection<TrainingMethod> methods) {
        String labels = methods.stream().map(TrainingMethod::label).collect(Collectors.joining(","));
        return name -> name + " is for --method " + method + "; " + (labels.isEmpty() ? "what is trained here" : labels)
                + " does not use it";
    }

    /** One line each, in the order they were looked at. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }
}
