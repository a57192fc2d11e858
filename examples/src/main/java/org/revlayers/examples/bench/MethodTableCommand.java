package org.revlayers.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.revlayers.examples.shared.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code method-table}: README's table of methods. */
@Command(
        name = "method-table",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Prints what every method is and, from what bench --json has written, what it takes.")
public final class MethodTableCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "lines of bench --json")
    private List<Path> files;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path file : files) {
            UsageException.unless(Files.isRegularFile(file), "there is no file " + file);
            lines.addAll(Files.readAllLines(file));
        }
        spec.commandLine().getOut().print(MethodTable.of(lines));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
