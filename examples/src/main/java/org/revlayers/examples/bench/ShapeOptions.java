package org.revlayers.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.revlayers.examples.shared.BsrChoice;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.GammaChoice;
import org.revlayers.examples.shared.MemoryChoice;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.Planner;
import org.revlayers.examples.shared.RazorChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UnusedOptions;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.VisionTransformer;
import org.revlayers.reversible.CoefficientSchedule;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that {@code bench} hands on to its workers. */
final class ShapeOptions {

    private static final int PIXELS = 224;
    private static final int TOKENS = 64;

    @Option(
            names = "--model",
            defaultValue = "vit-b16",
            description = "vit-b16, vit-s16, vit-ti16, resnet50 or minilm (default ${DEFAULT-VALUE})")
    String model;

    @Option(
            names = "--batch",
            defaultValue = "8",
            description = "images, or texts, in a step (default ${DEFAULT-VALUE})")
    int batch;

    @Option(
            names = "--size",
            description =
                    "side of the images in pixels, for a ViT a multiple of 16; tokens of minilm (default 224, 64 tokens)")
    private Integer size;

    @Option(
            names = "--coefficients",
            split = ",",
            defaultValue = "1,0.125",
            description =
                    "alpha,beta of reversible chains, those of plans too, multiples of 1/8 (default ${DEFAULT-VALUE})")
    double[] coefficients;

    @Mixin
    GammaChoice gamma = new GammaChoice();

    @Mixin
    RazorChoice razor = new RazorChoice();

    @Mixin
    PlanChoice plan = new PlanChoice();

    @Mixin
    MemoryChoice memory = new MemoryChoice();

    @Mixin
    BsrChoice bsr = new BsrChoice();

    /**
     * Throws an error that names what is wrong, before a process is started.
     *
     * @param methods of this library that are compared
     */
    void check(List<TrainingMethod> methods) {
        memory.check(methods);
        gamma.check();
        razor.check();
        bsr.check();
        plan.check();
        ScheduleChoice.requirePair("--coefficients are", "1,0.125", coefficients);
        try {
            coefficients().validate();
        } catch (IllegalArgumentException e) {
            throw new UsageException("--coefficients: " + e.getMessage());
        }
        UsageException.unless(
                methods.stream().noneMatch(TrainingMethod::hasSchedule) || coefficients[1] != 0,
                "--coefficients need beta above 0 for reversible, not " + coefficients[1]);
        if (methods.contains(TrainingMethod.PLAN)) {
            plan.checkSchedule("--coefficients", coefficients());
        }
    }

    /** One line for each option that was given and that none of the methods reads. */
    List<String> warnings(CommandSpec spec, List<TrainingMethod> methods) {
        UnusedOptions unused = new UnusedOptions(spec);
        unused.addThoseOf(methods);
        unused.add(
                methods.contains(TrainingMethod.PLAN) && plan.makesChains()
                        || methods.stream().anyMatch(TrainingMethod::hasSchedule),
                UnusedOptions.isFor("reversible, or plan with --allow new-function", methods),
                "--coefficients");
        return unused.warnings();
    }

    /**
     * What becomes of a network for this method.
     *
     * @param planner of the method that plans
     */
    Conversion conversion(BenchMethod method, Planner planner) {
        CoefficientSchedule schedule = method.ours().schedule(coefficients(), gamma.schedule());
        return new Conversion(method.ours(), schedule, razor.memory(), planner, memory.memory(), bsr);
    }

    private CoefficientSchedule coefficients() {
        return CoefficientSchedule.constant(coefficients[0], coefficients[1]);
    }

    private VisionTransformer.Size modelSize() {
        return switch (model.toLowerCase(Locale.ROOT)) {
            case "vit-b16" -> VisionTransformer.Size.B;
            case "vit-s16" -> VisionTransformer.Size.S;
            case "vit-ti16" -> VisionTransformer.Size.TI;
            default -> throw new UsageException(
                    "--model is vit-b16, vit-s16, vit-ti16, resnet50 or minilm; got " + model);
        };
    }

    /** Pixels, or tokens. */
    int size() {
        return size != null ? size : isOfText() ? TOKENS : PIXELS;
    }

    boolean isOfText() {
        return model.equalsIgnoreCase(TextShape.NAME);
    }

    /** @param depth blocks; the model's own number if 0 */
    BenchModel shape(int depth) {
        if (isOfText()) {
            return new TextShape(depth == 0 ? TextShape.DEPTH : depth, size(), batch);
        }
        if (model.equalsIgnoreCase(ResNetShape.NAME)) {
            ResNetShape resNet = new ResNetShape(size(), batch);
            UsageException.unless(
                    depth == 0 || depth == resNet.depth(),
                    "--depth goes with a ViT: " + model + " has " + resNet.depth() + " blocks; got " + depth);
            return resNet;
        }
        VisionTransformer.Size modelSize = modelSize();
        return new VitShape(modelSize, depth == 0 ? modelSize.getDepth() : depth, size(), batch);
    }

    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--model",
                model,
                "--batch",
                Integer.toString(batch),
                "--size",
                Integer.toString(size()),
                "--coefficients",
                coefficients[0] + "," + coefficients[1]));
        arguments.addAll(gamma.arguments());
        arguments.addAll(razor.arguments());
        arguments.addAll(plan.arguments());
        arguments.addAll(memory.arguments());
        arguments.addAll(bsr.arguments());
        return arguments;
    }
}
