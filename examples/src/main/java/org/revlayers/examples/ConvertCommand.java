package org.revlayers.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.Lean;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.convert.Sample;
import org.revlayers.examples.shared.RazorChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UnusedOptions;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.files.ModelZip;
import org.revlayers.internal.files.WholeFile;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code convert}: a saved network becomes one that keeps its activations as a {@link Memory} says, or what it was before such a conversion. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Converts a DL4J model file to one that trains in less memory, or back.",
            "Residual blocks become reversible chains (reversible, reversible+approx, reversible-fixed, checkpoint), layers",
            "sequences that keep thinned activations (razor); plain goes back. --memory takes any choice, in words.",
            "Prints what became what, and on a random batch how far outputs differ and what memory is predicted."
        })
public final class ConvertCommand implements Callable<Integer> {

    private static final int LARGEST_BATCH = 65_536;
    private static final long LARGEST_SAMPLE = 1L << 28;
    private static final int MOST_BITS = 30;

    @Option(names = "--in", required = true, description = "the model file")
    private Path in;

    @Option(names = "--out", required = true, description = "the converted model file")
    private Path out;

    @Option(
            names = "--method",
            converter = TrainingMethod.Converter.class,
            description =
                    "reversible (default), reversible+approx, reversible-fixed, checkpoint, razor, half, or plain to go back")
    private TrainingMethod method = TrainingMethod.REVERSIBLE;

    @Option(
            names = "--memory",
            converter = MemoryConverter.class,
            description = {
                "instead of --method and its options: how activations are kept, in words, such as checkpoint, razor=0.9,int8,",
                "or 'reversible=over:2000,stem otherwise checkpoint at \"layer4*\" razor=0.8 except conv1'"
            })
    private Memory memory;

    @Option(
            names = "--steps",
            description =
                    "optimizer steps of the fine-tuning to come, for the schedule of alpha and beta; 0 (default) stays at"
                            + " the start, 1 and 1/8")
    private int steps;

    @Option(
            names = "--input",
            paramLabel = "SHAPE",
            converter = GivenInput.Converter.class,
            description = {
                "shape of an example of the random batch that outputs and predicted memory are compared on: FEATURES,",
                "TOKENS,FEATURES, CHANNELS,HEIGHT,WIDTH, or ids:TOKENS,VOCABULARY for token ids; once per input of a graph, in",
                "its order (default: what the model tells)"
            })
    private List<GivenInput> inputs = List.of();

    @Option(names = "--batch", description = "examples of that comparison (default ${DEFAULT-VALUE})")
    private int batch = 2;

    @Option(
            names = "--streams",
            description =
                    "reversible: numbers of the streams, exact, float or double (default: exact, double for DOUBLE networks)")
    private StreamType streams;

    @Option(
            names = "--stream-scale",
            paramLabel = "BITS",
            description =
                    "reversible: S of exact streams, resolution 2^-S and range 2^(31-S) (default: by the range of the first step)")
    private Integer streamScale;

    @Option(
            names = "--tolerance",
            description =
                    "reversible: relative error that float and double streams may reach before a state is kept (default 0.001)")
    private Double tolerance;

    @Mixin
    private ScheduleChoice schedule = new ScheduleChoice();

    @Mixin
    private RazorChoice razor = new RazorChoice();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        check();
        warnings().forEach(spec.commandLine().getErr()::println);
        Model model = new ModelFile(in).load();
        PrintWriter text = spec.commandLine().getOut();
        Model converted;
        if (method == TrainingMethod.PLAIN && memory == null) {
            converted = plain(model, text);
        } else {
            if (memory == null) {
                requireNotConverted(model);
            }
            if (memory == null
                    && method == TrainingMethod.REVERSIBLE_APPROX
                    && Stream.of(layers(model)).noneMatch(l -> l.conf().getLayer() instanceof TransformerBlock)) {
                throw new IllegalArgumentException(
                        "--method " + method.label() + " changes what transformer blocks keep"
                                + " inside, and " + in + " has none: use --method "
                                + TrainingMethod.REVERSIBLE.label());
            }
            SampleBatch sample = SampleBatch.of(model, inputs, batch);
            text.println("sample: " + sample.words());
            converted = converted(model, sample, text);
        }
        WholeFile.write(out, stream -> write(converted, stream));
        text.println("written to " + out);
        text.flush();
        return 0;
    }

    /** Throws an error that names what is wrong before anything is read. */
    private void check() {
        UsageException.unless(steps >= 0, "--steps must not be negative, it is " + steps);
        UsageException.unless(
                batch > 0 && batch <= LARGEST_BATCH, "--batch is from 1 to " + LARGEST_BATCH + ", not " + batch);
        UsageException.unless(
                method == TrainingMethod.PLAIN || method.converts() && method != TrainingMethod.RAZOR_APPROX,
                "--method " + method.label()
                        + " is chosen when a network is built; convert makes reversible, reversible+approx,"
                        + " reversible-fixed, checkpoint, razor and half, and plain from those");
        schedule.check();
        razor.check();
        UsageException.unless(
                tolerance == null || tolerance > 0 && tolerance < 1,
                "--tolerance is between 0 and 1, not " + tolerance);
        UsageException.unless(
                streamScale == null || streamScale >= 0 && streamScale <= MOST_BITS,
                "--stream-scale is from 0 to " + MOST_BITS + " bits, not " + streamScale);
        UsageException.unless(Files.isRegularFile(in), "--in: there is no file " + in);
        Path folder = out.toAbsolutePath().getParent();
        UsageException.unless(
                !out.toString().isEmpty()
                        && !Files.isDirectory(out)
                        && folder != null
                        && Files.isDirectory(folder)
                        && Files.isWritable(folder),
                "--out " + out + " cannot be written: it names a file in a folder that is there and can be written to");
        inputs.forEach(i -> UsageException.unless(
                i.values(batch) <= LARGEST_SAMPLE,
                "--input and --batch ask for a sample of " + i.values(batch) + " values, more than " + LARGEST_SAMPLE));
    }

    /** Reads {@code reversible+approx otherwise checkpoint} and the like. */
    static final class MemoryConverter implements ITypeConverter<Memory> {
        @Override
        public Memory convert(String text) {
            try {
                return Memory.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** One line for each option that was given and that this method does not read. */
    private List<String> warnings() {
        UnusedOptions unused = new UnusedOptions(spec);
        if (memory != null) {
            UnaryOperator<String> beside = name -> "--memory says it all and does not use " + name;
            unused.add(
                    false,
                    beside,
                    "--method",
                    "--steps",
                    "--return",
                    "--end",
                    "--streams",
                    "--stream-scale",
                    "--tolerance");
            unused.add(false, beside, RazorChoice.names());
            return unused.warnings();
        }
        String unread = "--method " + method.label() + " does not use ";
        UnaryOperator<String> withoutSteps = name -> unread + name + (method.moves() ? " without --steps" : "");
        boolean moving = method.moves() && steps > 0;
        unused.add(method.moves(), unread::concat, "--steps");
        unused.add(moving, withoutSteps, "--return");
        unused.add(moving || method == TrainingMethod.REVERSIBLE_FIXED, withoutSteps, "--end");
        unused.add(method.reverses(), unread::concat, "--streams", "--stream-scale", "--tolerance");
        unused.add(method.thins(), unread::concat, RazorChoice.names());
        return unused.warnings();
    }

    private void requireNotConverted(Model model) {
        Stream.of(layers(model))
                .map(l -> l.conf().getLayer())
                .filter(ContainerLayer.class::isInstance)
                .findFirst()
                .ifPresent(l -> {
                    throw new IllegalArgumentException(in + " is already converted (" + l.getLayerName() + ", a "
                            + l.getClass().getSimpleName() + "): --method plain goes back");
                });
    }

    /** The model as DL4J writes it, and what else the input holds. */
    private void write(Model model, OutputStream stream) throws IOException {
        Set<String> written = new HashSet<>(ModelZip.ENTRIES);
        ZipOutputStream to = new ZipOutputStream(stream);
        ModelZip.write(to, model);
        try (ZipFile from = new ZipFile(in.toFile())) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                if (written.add(entry.getName())) {
                    to.putNextEntry(new ZipEntry(entry.getName()));
                    try (InputStream content = from.getInputStream(entry)) {
                        content.transferTo(to);
                    }
                }
            }
        }
        to.finish();
    }

    private Model converted(Model model, SampleBatch sample, PrintWriter text) {
        var result = model instanceof MultiLayerNetwork net
                ? Lean.convert(net, memory(false), sample.sample())
                : Lean.convert((ComputationGraph) model, memory(true), sample.sample());
        text.print(result.report());
        return (Model) result.network();
    }

    /** Back to what a conversion was made from, whichever it was; what chains were is said, and by how much the outputs differ. */
    private Model plain(Model model, PrintWriter text) {
        text.println("restored to the layers that the containers were made from");
        boolean chained =
                Stream.of(layers(model)).anyMatch(l -> Wrappers.thawed(l.conf().getLayer()) instanceof ReversibleChain);
        SampleBatch sample = chained ? SampleBatch.of(model, inputs, batch) : null;
        Sample given = chained ? sample.sample() : null;
        var result = model instanceof MultiLayerNetwork net
                ? Lean.restore(net, given)
                : Lean.restore((ComputationGraph) model, given);
        if (chained) {
            text.println("sample: " + sample.words());
            text.print(result.report());
        }
        return (Model) result.network();
    }

    private static Layer[] layers(Model model) {
        return model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
    }

    /** @param graph whether the layers of a network that are in no chain become sequences that compute again */
    private Memory memory(boolean graph) {
        if (memory != null) {
            return memory;
        }
        Memory chosen = method.memory(
                steps > 0 || method == TrainingMethod.REVERSIBLE_FIXED
                        ? method.schedule(schedule.of(Math.max(1, steps)))
                        : CoefficientSchedule.constant(1, 0.125),
                razor.memory());
        if (!method.reverses()) {
            return chosen;
        }
        chosen = chosen.streams(streams)
                .streamScale(streamScale)
                .tolerance(tolerance == null ? chosen.chain().tolerance() : tolerance);
        return graph ? chosen.otherwise(Memory.checkpoint()) : chosen;
    }
}
