package org.revlayers.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.revlayers.chain.CoefficientSchedule;
import org.revlayers.container.RazorSequence;
import org.revlayers.convert.Razor;
import org.revlayers.convert.RazorOptions;
import org.revlayers.convert.RazorResult;
import org.revlayers.convert.Reversify;
import org.revlayers.convert.ReversifyOptions;
import org.revlayers.convert.ReversifyResult;
import org.revlayers.layers.TransformerBlock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code convert}: the residual blocks of a saved network become reversible chains, or chains become blocks again. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Converts a DL4J model file: residual blocks to reversible chains (reversible, reversible+approx,",
            "reversible-fixed, checkpoint), layers to sequences that keep thinned activations (razor), or back (plain).",
            "Prints what became what, and on a random batch how far outputs differ and what memory is predicted."
        })
public final class ConvertCommand implements Callable<Integer> {

    @Option(names = "--in", required = true, description = "the model file")
    private Path in;

    @Option(names = "--out", required = true, description = "the converted model file")
    private Path out;

    @Option(
            names = "--method",
            converter = TrainingMethod.Converter.class,
            description =
                    "reversible (default), reversible+approx, reversible-fixed, checkpoint, razor, or plain to go back")
    private TrainingMethod method = TrainingMethod.REVERSIBLE;

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

    @Mixin
    private ScheduleChoice schedule = new ScheduleChoice();

    @Mixin
    private RazorChoice razor = new RazorChoice();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (steps < 0 || batch < 1) {
            throw new IllegalArgumentException("--steps must not be negative and --batch at least 1");
        }
        schedule.check();
        Model model = new ModelFile(in).load();
        PrintWriter text = spec.commandLine().getOut();
        Model converted;
        if (method == TrainingMethod.PLAIN) {
            converted = plain(model);
            text.println("restored to the layers that the containers were made from");
        } else {
            if (!method.chains() && method != TrainingMethod.RAZOR) {
                throw new IllegalArgumentException("--method " + method.label()
                        + " is chosen when a network is built; convert makes reversible, reversible+approx,"
                        + " reversible-fixed, checkpoint and razor, and plain from those");
            }
            if (method == TrainingMethod.REVERSIBLE_APPROX
                    && Stream.of(layers(model)).noneMatch(l -> l.conf().getLayer() instanceof TransformerBlock)) {
                throw new IllegalArgumentException(
                        "--method " + method.label() + " changes what transformer blocks keep"
                                + " inside, and " + in + " has none: use --method "
                                + TrainingMethod.REVERSIBLE.label());
            }
            SampleBatch sample = SampleBatch.of(model, inputs, batch);
            text.println("sample: " + sample.words());
            converted = method.thins() ? thinned(model, sample, text) : chained(model, sample, text);
        }
        ModelSerializer.writeModel(converted, out.toFile(), true);
        text.println("written to " + out);
        text.flush();
        return 0;
    }

    private Model chained(Model model, SampleBatch sample, PrintWriter text) {
        ReversifyOptions options = options().toBuilder()
                .sample(sample.arrays())
                .sampleTypes(sample.types())
                .build();
        ReversifyResult<?> result = model instanceof MultiLayerNetwork net
                ? Reversify.convert(net, options)
                : Reversify.convert((ComputationGraph) model, options);
        text.print(result.report());
        return result.network();
    }

    private Model thinned(Model model, SampleBatch sample, PrintWriter text) {
        RazorOptions options = razor.options().toBuilder()
                .sample(sample.arrays())
                .sampleTypes(sample.types())
                .build();
        if (model instanceof MultiLayerNetwork net) {
            RazorResult<MultiLayerNetwork> result = Razor.convert(net, options);
            text.print(result.report());
            return result.network();
        }
        RazorResult<ComputationGraph> result = Razor.convert((ComputationGraph) model, options);
        text.print(result.report());
        return result.network();
    }

    /** Back to what a conversion was made from, whichever it was. */
    private static Model plain(Model model) {
        boolean thinned = Stream.of(layers(model)).anyMatch(l -> l.conf().getLayer() instanceof RazorSequence);
        if (model instanceof MultiLayerNetwork net) {
            return thinned ? Razor.restore(net) : Reversify.restore(net).network();
        }
        ComputationGraph graph = (ComputationGraph) model;
        return thinned ? Razor.restore(graph) : Reversify.restore(graph).network();
    }

    private static Layer[] layers(Model model) {
        return model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
    }

    private ReversifyOptions options() {
        return method.conversion(
                steps > 0 || method == TrainingMethod.REVERSIBLE_FIXED
                        ? method.schedule(schedule.of(Math.max(1, steps)))
                        : CoefficientSchedule.constant(1, 0.125));
    }
}
