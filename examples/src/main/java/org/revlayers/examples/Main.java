package org.revlayers.examples;

import org.revlayers.examples.bench.BenchCommand;
import org.revlayers.examples.bench.BenchWorker;
import org.revlayers.examples.finetune.FinetuneCommand;
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
        System.exit(commandLine().execute(args));
    }

    /** The parser, with errors as one line. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((e, cmd, parsed) -> {
            cmd.getErr().println("revlayers: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
            if (System.getenv("REVLAYERS_TRACE") != null) {
                e.printStackTrace(cmd.getErr());
            }
            return 1;
        });
        return line;
    }
}
