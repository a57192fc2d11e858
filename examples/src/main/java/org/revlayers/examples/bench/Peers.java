package org.revlayers.examples.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.revlayers.examples.shared.UsageException;
import picocli.CommandLine.Option;

/** The same networks in PyTorch, in processes of Python that write the lines of a {@link BenchWorker}. */
final class Peers {

    /** What each model has. */
    private static final List<String> OF_ALL = List.of("torch", "torch-checkpoint", "torch-save-on-cpu");

    static final Set<String> OF_TEXTS = with("torch-sdpa");
    static final Set<String> OF_RESNETS = with("torch-channels-last");
    static final Set<String> OF_VITS =
            with("torch-sdpa", "torch-reversible", "torch-approx", "torch-razor", "torch-bsr");

    /** All that there are. */
    static final String NAMES =
            "torch, torch-sdpa, torch-checkpoint, torch-reversible, torch-approx, torch-razor, torch-bsr, torch-save-on-cpu, torch-channels-last";

    static final Set<String> METHODS = new LinkedHashSet<>(List.of(NAMES.split(", ")));

    private static final String OPTION = "--peers";

    @Option(
            names = OPTION,
            paramLabel = "FOLDER",
            defaultValue = "benchmarks/peers",
            description =
                    "torch, torch-*: where their programs are, and the Python that FOLDER/setup makes (default ${DEFAULT-VALUE})")
    private Path folder;

    private static Set<String> with(String... others) {
        Set<String> methods = new LinkedHashSet<>(OF_ALL);
        methods.addAll(List.of(others));
        return methods;
    }

    private Path python() {
        return folder.resolve("venv/bin/python");
    }

    /** Throws an error that says what to do if one of these methods needs PyTorch, and there is none. */
    void check(Collection<BenchMethod> methods) {
        UsageException.unless(
                methods.stream().noneMatch(BenchMethod::isPeer) || Files.isExecutable(python()),
                "methods torch and torch-* need " + python() + ": run " + folder.resolve("setup") + " once, or give "
                        + OPTION + " FOLDER");
    }

    /** The command that runs a worker with these arguments. */
    List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(
                List.of(python().toString(), folder.resolve("peer.py").toString()));
        command.addAll(arguments);
        return command;
    }
}
