package org.revlayers.examples;

import java.io.UncheckedIOException;
import org.revlayers.examples.bench.BenchCommand;
import org.revlayers.examples.bench.BenchWorker;
import org.revlayers.examples.finetune.FinetuneCommand;
import org.revlayers.weights.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code java -jar revlayers.jar finetune}, {@code bench}, {@code convert}, {@code inspect}. */
@Command(
        name = "revlayers",
        mixinStandardHelpOptions = true,
        version = "0.1.0-SNAPSHOT",
        description = "Memory-efficient training layers for Deeplearning4j: fine-tune, measure, look inside.",
        subcommands = {
            FinetuneCommand.class,
            BenchCommand.class,
            BenchWorker.class,
            ConvertCommand.class,
            InspectCommand.class
        })
public final class Main {

    private Main() {}

    /** Exit code 0 if all went well, 1 after an error, 2 for a wrong command line. */
    public static void main(String[] args) {
        try {
            System.exit(commandLine().execute(args));
        } catch (OutOfMemoryError e) {
            System.err.println(
                    "revlayers: not enough memory (" + e.getMessage() + "): use a smaller --batch or --size");
            System.exit(1);
        }
    }

    /** The parser, with errors as one line. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((e, cmd, parsed) -> {
            if (e instanceof UsageException) {
                return usage(cmd, e.getMessage());
            }
            Throwable told = e instanceof UncheckedIOException ? e.getCause() : e;
            cmd.getErr()
                    .println("revlayers: "
                            + Printable.of(told.getMessage() == null ? told.toString() : told.getMessage()));
            if (System.getenv("REVLAYERS_TRACE") != null) {
                e.printStackTrace(cmd.getErr());
            }
            return 1;
        });
        line.setParameterExceptionHandler((e, args) -> usage(e.getCommandLine(), e.getMessage()));
        return line;
    }

    private static int usage(CommandLine command, String message) {
        String name = command.getCommandSpec().qualifiedName();
        command.getErr()
                .println("revlayers: " + Printable.of(message.replaceAll("\\s+", " ")) + " (" + name
                        + " --help lists the options)");
        return 2;
    }
}
