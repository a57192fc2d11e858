package org.revlayers.examples.bench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.revlayers.examples.shared.UsageException;
import picocli.CommandLine.Option;

/** The same networks in PyTorch, in processes of Python, or of JavaCPP's PyTorch, that write the lines of a {@link BenchWorker}. */
final class Peers {

    /** Those of JavaCPP begin so. */
    private static final String JAVA = "java-torch";

    private static final String JAVA_FUSED = JAVA + "-sdpa";

    /** What each model has. */
    private static final List<String> OF_ALL = List.of("torch", "torch-checkpoint", "torch-save-on-cpu", JAVA);

    static final Set<String> OF_TEXTS = with("torch-sdpa", JAVA_FUSED);
    static final Set<String> OF_RESNETS = with("torch-channels-last");
    static final Set<String> OF_VITS =
            with("torch-sdpa", JAVA_FUSED, "torch-reversible", "torch-approx", "torch-razor", "torch-bsr");

    /** All that there are. */
    static final String NAMES =
            "torch, torch-sdpa, torch-checkpoint, torch-reversible, torch-approx, torch-razor, torch-bsr, torch-save-on-cpu, torch-channels-last, "
                    + JAVA + ", " + JAVA_FUSED;

    static final Set<String> METHODS = new LinkedHashSet<>(List.of(NAMES.split(", ")));

    private static final String OPTION = "--peers";

    @Option(
            names = OPTION,
            paramLabel = "FOLDER",
            defaultValue = "benchmarks/peers",
            description =
                    "torch, torch-*, java-torch*: where their programs are, and what FOLDER/setup makes (default ${DEFAULT-VALUE})")
    private Path folder;

    private static Set<String> with(String... others) {
        Set<String> methods = new LinkedHashSet<>(OF_ALL);
        methods.addAll(List.of(others));
        return methods;
    }

    private Path python() {
        return folder.resolve("venv/bin/python");
    }

    private Path classes() {
        return folder.resolve("java/target/classes");
    }

    private static boolean isJava(BenchMethod method) {
        return method.label().startsWith(JAVA);
    }

    /** Throws an error that says what to do if one of these methods needs PyTorch, and there is none. */
    void check(Collection<BenchMethod> methods) {
        for (BenchMethod method : methods) {
            Path needed = isJava(method) ? classes() : python();
            UsageException.unless(
                    !method.isPeer() || Files.exists(needed),
                    "method " + method.label() + " needs " + needed + ": run " + folder.resolve("setup")
                            + (isJava(method) ? " java" : " python") + " once, or give " + OPTION + " FOLDER");
        }
    }

    /** The command that runs a worker with these arguments. */
    List<String> command(BenchMethod method, List<String> arguments) {
        List<String> command = new ArrayList<>();
        if (isJava(method)) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(
                    List.of("-cp", classes() + File.pathSeparator + classes().resolveSibling("dependency") + "/*"));
            command.add("org.revlayers.peers.TorchPeer");
        } else {
            command.addAll(
                    List.of(python().toString(), folder.resolve("peer.py").toString()));
        }
        command.addAll(arguments);
        return command;
    }
}
