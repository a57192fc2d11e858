package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.Lean;
import org.revlayers.MemoryPlan;
import org.revlayers.Reprogram;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.internal.container.ContainerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code convert}: a saved network becomes one that keeps its activations as a {@link Memory} says, or what it was before such a conversion. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Converts a DL4J model file to one that trains in less memory, or back.",
            "Residual blocks become reversible chains (reversible, reversible+approx, reversible-fixed, reversible-random, checkpoint), layers",
            "sequences that keep thinned (razor), 16-bit (half) or 8-bit (int8) activations, or batch normalisations in place (in-place); plan chooses unit by unit what fits --budget; plain goes",
            "back. --memory takes any choice, in words.",
            "Prints what became what, and on a random batch how far outputs differ and what memory is predicted."
        })
public final class ConvertCommand implements Callable<Integer> {

    private static final int LARGEST_BATCH = 65_536;
    private static final long LARGEST_SAMPLE = 1L << 28;

    @Option(names = "--in", required = true, description = "the model file")
    private Path in;

    @Option(names = "--out", required = true, description = "the converted model file")
    private Path out;

    @Mixin
    private GivenInputs inputs = new GivenInputs();

    @Option(
            names = "--batch",
            description =
                    "examples of the random batch that outputs and predicted memory are compared on, and of the step that is planned for (default ${DEFAULT-VALUE})")
    private int batch = 2;

    @Mixin
    private ConvertChoice choice = new ConvertChoice();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        check();
        choice.warnings(spec).forEach(spec.commandLine().getErr()::println);
        Model model = new ModelFile(in).load();
        PrintWriter text = spec.commandLine().getOut();
        Model converted;
        MemoryPlan plan = null;
        if (choice.isBack()) {
            converted = plain(model, text);
        } else {
            if (choice.isMethod()) {
                requireNotConverted(model);
                choice.requireFits(in, layers(model));
            }
            SampleBatch sample = SampleBatch.of(model, inputs.all(), batch);
            text.println("sample: " + sample.words());
            if (choice.isPlan()) {
                plan = choice.plan(model, sample.labelled(model));
                text.print(plan);
                converted = plan.apply();
            } else {
                converted = converted(model, sample, text);
            }
        }
        new ModelFile(in).write(converted, out, plan);
        text.println("written to " + out);
        text.flush();
        return 0;
    }

    /** Throws an error that names what is wrong before anything is read. */
    private void check() {
        UsageException.unless(
                batch > 0 && batch <= LARGEST_BATCH, "--batch is from 1 to " + LARGEST_BATCH + ", not " + batch);
        choice.check();
        UsageException.unless(Files.isRegularFile(in), "--in: there is no file " + in);
        Path folder = out.toAbsolutePath().getParent();
        UsageException.unless(
                !out.toString().isEmpty()
                        && !Files.isDirectory(out)
                        && folder != null
                        && Files.isDirectory(folder)
                        && Files.isWritable(folder),
                "--out " + out + " cannot be written: it names a file in a folder that is there and can be written to");
        inputs.all()
                .forEach(i -> UsageException.unless(
                        i.values(batch) <= LARGEST_SAMPLE,
                        "--input and --batch ask for a sample of " + i.values(batch) + " values, more than "
                                + LARGEST_SAMPLE));
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

    private Model converted(Model given, SampleBatch sample, PrintWriter text) {
        Model model = given;
        if (choice.reprograms()) {
            Reprogrammed<? extends Model> some = choice.reprogrammed(given, sample.sample());
            text.print(some.report());
            model = some.network();
            if (!choice.convertsMore()) {
                return model;
            }
        }
        var result = model instanceof MultiLayerNetwork net
                ? Lean.convert(net, choice.memory(false), sample.sample())
                : Lean.convert((ComputationGraph) model, choice.memory(true), sample.sample());
        text.print(result.report());
        return (Model) result.network();
    }

    /** Back to what a conversion was made from, whichever it was, and of a reprogrammed network to one that is trained whole; what chains and leaky ReLUs were is said, and by how much the outputs differ. */
    private Model plain(Model model, PrintWriter text) {
        text.println("restored to the layers that the containers were made from");
        boolean compared =
                Stream.of(layers(model)).anyMatch(l -> mayChange(l.conf().getLayer()));
        SampleBatch sample = compared ? SampleBatch.of(model, inputs.all(), batch) : null;
        Sample given = compared ? sample.sample() : null;
        var result = model instanceof MultiLayerNetwork net
                ? Lean.restore(net, given)
                : Lean.restore((ComputationGraph) model, given);
        if (compared) {
            text.println("sample: " + sample.words());
            text.print(result.report());
        }
        Model back = (Model) result.network();
        if (Stream.of(layers(back)).noneMatch(l -> isReprogrammed(l.conf().getLayer()))) {
            return back;
        }
        text.println("all blocks are trained again, and leave no tokens out");
        return back instanceof MultiLayerNetwork net
                ? Reprogram.restore(net)
                : Reprogram.restore((ComputationGraph) back);
    }

    private static boolean isReprogrammed(org.deeplearning4j.nn.conf.layers.Layer layer) {
        return Wrappers.thawed(layer) instanceof TransformerBlock block
                && (Wrappers.isFrozen(layer) || block.getKeepTokens() < 1);
    }

    /** Whether a layer, or one inside, may be restored as another function. */
    private static boolean mayChange(org.deeplearning4j.nn.conf.layers.Layer layer) {
        org.deeplearning4j.nn.conf.layers.Layer thawed = Wrappers.thawed(layer);
        return thawed instanceof ReversibleChain
                || thawed instanceof RazorSequence sequence && sequence.isLeaky()
                || thawed instanceof ContainerLayer container
                        && container.innerLayers().values().stream().anyMatch(ConvertCommand::mayChange);
    }

    private static Layer[] layers(Model model) {
        return model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
    }
}
