package org.revlayers.examples.shared;

import java.io.UncheckedIOException;
import org.revlayers.internal.text.Printable;
import picocli.CommandLine;

/** A command with this program's manners: an error is one line, and its stack trace shows with {@code REVLAYERS_TRACE} in the environment. */
public final class Program {

    private Program() {}

    /** Runs the command to the end of the JVM. Exit code 0 if all went well, 1 after an error, 2 for a wrong command line. */
    public static void run(Object command, String... args) {
        try {
            System.exit(of(command).execute(args));
        } catch (OutOfMemoryError e) {
            System.err.println(
                    "revlayers: not enough memory (" + e.getMessage() + "): use a smaller --batch or --size");
            System.exit(1);
        }
    }

    /** The command's parser. */
    public static CommandLine of(Object command) {
        CommandLine line = new CommandLine(command);
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
