package org.revlayers.examples.finetune;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.revlayers.examples.shared.TrainingMethod;
import picocli.CommandLine;

/** A process to kill: fine-tunes a toy and prints what it came to, bit by bit. Arguments: folder, then options. */
public final class KilledRun {

    static final List<TrainingMethod> METHODS =
            List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE, TrainingMethod.RAZOR);
    static final String STARTED = "started";
    static final String ENDED = "ended ";

    private KilledRun() {}

    static FinetuneOptions options(Path out, String... more) {
        FinetuneOptions options = new FinetuneOptions();
        new CommandLine(options).parseArgs(more);
        options.batch = 4;
        options.epochs = 6;
        options.adaptive = 3;
        options.methods = METHODS;
        options.out = out;
        return options;
    }

    /** Losses, coefficients, scores and parameters of all methods; no times. */
    static String bits(Path out, List<Result> results) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Result r : results) {
            CRC32 crc = new CRC32();
            for (float p : new Checkpoint(out).load(r.method()).model().params().toFloatVector()) {
                int bits = Float.floatToIntBits(p);
                for (int i = 0; i < 4; i++) {
                    crc.update(bits >>> 8 * i);
                }
            }
            text.append(r.method()).append(' ').append(r.accuracy()).append(' ').append(r.macroF1());
            text.append(' ')
                    .append(crc.getValue())
                    .append(' ')
                    .append(r.memory().keptBytes());
            r.steps().forEach(s -> text.append(' ')
                    .append(s.number())
                    .append(':')
                    .append(s.loss())
                    .append(s.coefficients()));
            text.append(';');
        }
        return text.toString();
    }

    public static void main(String[] args) throws IOException {
        Path out = Path.of(args[0]);
        FinetuneOptions options = options(out, Arrays.copyOfRange(args, 1, args.length));
        Task task = new ToyTask();
        System.out.println(STARTED);
        List<Result> results = new FineTuner(task, options).run();
        System.out.println(ENDED + bits(out, results));
        System.exit(0);
    }
}
