package org.revlayers.examples;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.revlayers.MemoryPlan;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.examples.shared.BsrChoice;
import org.revlayers.examples.shared.GammaChoice;
import org.revlayers.examples.shared.MemoryChoice;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.RazorChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UnusedOptions;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.keep.Memory;
import org.revlayers.layers.TransformerBlock;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamType;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What a model is converted to: a method by its label with the settings that it reads, or a memory in words. */
final class ConvertChoice {

    private static final int MOST_BITS = 30;

    /** What convert makes of a network besides the methods that convert in any case. */
    private static final Set<TrainingMethod> OTHERS =
            EnumSet.of(TrainingMethod.PLAIN, TrainingMethod.PLAN, TrainingMethod.MEMORY, TrainingMethod.BSR);

    @Option(
            names = "--method",
            converter = TrainingMethod.Converter.class,
            description =
                    "reversible (default), reversible+approx, reversible-fixed, reversible-random, checkpoint, razor, in-place, half, int8, bsr, bsr+razor, bsr+reversible, plan, memory, or plain to go back")
    private TrainingMethod method = TrainingMethod.REVERSIBLE;

    @Option(
            names = "--memory",
            converter = MemoryChoice.Converter.class,
            description = {
                "instead of --method and its options: how activations are kept, in words, such as checkpoint, razor=0.9,int8,",
                "or 'reversible=over:2000,stem otherwise checkpoint at \"layer4*\" razor=0.8 except conv1'"
            })
    private Memory memory;

    @Option(
            names = "--steps",
            description =
                    "optimizer steps of the fine-tuning to come, for the schedule of alpha and beta, of chains that a plan makes"
                            + " too; 0 (default) stays at the start")
    private int steps;

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
    private GammaChoice gamma = new GammaChoice();

    @Mixin
    private RazorChoice razor = new RazorChoice();

    @Mixin
    private PlanChoice plan = new PlanChoice();

    @Mixin
    private BsrChoice bsr = new BsrChoice();

    /** Throws an error that names what is wrong before anything is read. */
    void check() {
        UsageException.unless(steps >= 0, "--steps must not be negative, it is " + steps);
        boolean converts = method.converts() && method != TrainingMethod.RAZOR_APPROX;
        UsageException.unless(
                converts || OTHERS.contains(method),
                "--method " + method.label()
                        + " is chosen when a network is built; convert makes reversible, reversible+approx,"
                        + " reversible-fixed, reversible-random, checkpoint, razor, in-place, half, int8, bsr, bsr+razor, bsr+reversible, plan and memory, and plain from those");
        MemoryChoice.check(memory, List.of(method));
        schedule.check();
        gamma.check();
        razor.check();
        bsr.check();
        plan.check();
        if (isPlan()) {
            plan.checkSchedule("--return", schedule.over(steps));
        }
        UsageException.unless(
                plan.budgets().size() == 1,
                "--budget is one budget here, got " + plan.budgets() + ": bench compares several");
        UsageException.unless(
                tolerance == null || tolerance > 0 && tolerance < 1,
                "--tolerance is between 0 and 1, not " + tolerance);
        UsageException.unless(
                streamScale == null || streamScale >= 0 && streamScale <= MOST_BITS,
                "--stream-scale is from 0 to " + MOST_BITS + " bits, not " + streamScale);
    }

    /** Whether it is the way back. */
    boolean isBack() {
        return method == TrainingMethod.PLAIN && memory == null;
    }

    /** Whether it is a plan. */
    boolean isPlan() {
        return method == TrainingMethod.PLAN && memory == null;
    }

    /** Whether some blocks are trained. */
    boolean reprograms() {
        return method.reprograms() && memory == null;
    }

    /** A network of which some blocks are trained. */
    Reprogrammed<? extends Model> reprogrammed(Model net, Sample sample) {
        return bsr.of(net, method, sample);
    }

    /** Whether what is left is converted, too. */
    boolean convertsMore() {
        return method.converts() || memory != null;
    }

    /** The plan for a network. */
    MemoryPlan plan(Model net, MultiDataSet batch) {
        return plan.plan(net, batch, schedule.over(steps));
    }

    /** Whether it is a method by its label. */
    boolean isMethod() {
        return memory == null;
    }

    /** Throws unless the network has something that the method changes. */
    void requireFits(Path in, Layer... layers) {
        if (method == TrainingMethod.REVERSIBLE_APPROX
                && Stream.of(layers).noneMatch(l -> l.conf().getLayer() instanceof TransformerBlock)) {
            throw new IllegalArgumentException("--method " + method.label() + " changes what transformer blocks keep"
                    + " inside, and " + in + " has none: use --method "
                    + TrainingMethod.REVERSIBLE.label());
        }
    }

    /** One line for each option that was given and that this method does not read. */
    List<String> warnings(CommandSpec spec) {
        UnusedOptions unused = new UnusedOptions(spec);
        if (memory != null) {
            UnaryOperator<String> beside = name -> "--memory says it all and does not use " + name;
            unused.add(method == TrainingMethod.MEMORY, beside, "--method");
            unused.add(
                    false,
                    beside,
                    "--steps",
                    "--return",
                    "--start",
                    "--end",
                    "--streams",
                    "--stream-scale",
                    "--tolerance");
            unused.add(false, beside, GammaChoice.names());
            unused.add(false, beside, RazorChoice.names());
            unused.add(false, beside, PlanChoice.names());
            unused.add(false, beside, BsrChoice.names());
            return unused.warnings();
        }
        String unread = "--method " + method.label() + " does not use ";
        boolean moves = method.moves() || isPlan() && plan.makesChains();
        String needs = isPlan() && !moves ? " without --allow new-function" : "";
        UnaryOperator<String> withoutChains = name -> unread + name + needs;
        UnaryOperator<String> withoutSteps = name -> unread + name + (moves ? " without --steps" : needs);
        boolean moving = moves && steps > 0;
        unused.add(moves, withoutChains, "--steps");
        unused.add(moves, withoutChains, "--start");
        unused.add(moving, withoutSteps, "--return");
        unused.add(moving || method == TrainingMethod.REVERSIBLE_FIXED, withoutSteps, "--end");
        unused.add(method.reverses(), unread::concat, "--streams", "--stream-scale", "--tolerance");
        unused.add(method == TrainingMethod.REVERSIBLE_RANDOM, unread::concat, GammaChoice.names());
        unused.add(method.thins(), unread::concat, RazorChoice.names());
        unused.add(method == TrainingMethod.PLAN, unread::concat, PlanChoice.names());
        unused.add(method.reprograms(), unread::concat, BsrChoice.names());
        return unused.warnings();
    }

    /** @param graph whether the layers of a network that are in no chain become sequences that compute again */
    Memory memory(boolean graph) {
        if (memory != null) {
            return memory;
        }
        CoefficientSchedule dynamic = method == TrainingMethod.REVERSIBLE_FIXED ? schedule.of(1) : schedule.over(steps);
        Memory chosen = method.memory(method.schedule(dynamic, gamma.schedule()), razor.memory());
        if (!method.reverses()) {
            return chosen;
        }
        chosen = chosen.streams(streams)
                .streamScale(streamScale)
                .tolerance(tolerance == null ? chosen.chain().tolerance() : tolerance);
        return graph ? chosen.otherwise(Memory.checkpoint()) : chosen;
    }
}
