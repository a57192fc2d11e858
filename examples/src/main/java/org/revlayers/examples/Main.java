package org.revlayers.examples;

import org.revlayers.examples.bench.BenchCommand;
import org.revlayers.examples.bench.MethodTableCommand;
import org.revlayers.examples.finetune.FinetuneCommand;
import org.revlayers.examples.ode.OdeCommand;
import org.revlayers.examples.shared.Program;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line: {@code java -jar revlayers.jar finetune}, {@code bench}, {@code plan}, {@code convert}, {@code inspect},
 * {@code kernels}, {@code ode}. */
@Command(
        name = "revlayers",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Memory-efficient training layers for Deeplearning4j: fine-tune, measure, look inside.",
        subcommands = {
            FinetuneCommand.class,
            BenchCommand.class,
            MethodTableCommand.class,
            PlanCommand.class,
            PlanTableCommand.class,
            ConvertCommand.class,
            InspectCommand.class,
            KernelsCommand.class,
            OdeCommand.class
        })
public final class Main {

    private Main() {}

    /** Of the jar; classes outside one have none. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"revlayers " + (version == null ? "(classes outside a jar)" : version)};
        }
    }

    /** See {@link Program#run}. */
    public static void main(String[] args) {
        Program.run(new Main(), args);
    }

    /** The parser, with errors as one line. */
    static CommandLine commandLine() {
        return Program.of(new Main());
    }
}
