package org.revlayers.examples.finetune;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.revlayers.examples.shared.BsrChoice;
import org.revlayers.examples.shared.GammaChoice;
import org.revlayers.examples.shared.MemoryChoice;
import org.revlayers.examples.shared.PlanChoice;
import org.revlayers.examples.shared.RazorChoice;
import org.revlayers.examples.shared.ScheduleChoice;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UnusedOptions;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.listeners.AdaptiveRazor;
import org.revlayers.plan.Exactness;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What can be said on the command line of {@code finetune}. */
final class FinetuneOptions {

    /** Chooses the items, the same ones whatever the seed of a training: seeds are compared on the same data. */
    static final long ITEMS_SEED = 1;

    private static final String ABSENT = "not given";
    private static final int DEFAULT_ITEMS = 1000;
    private static final int DEFAULT_TEST_ITEMS = 2000;
    private static final int DEFAULT_TOKENS = 64;
    private static final int MOST = Integer.MAX_VALUE;
    private static final int MOST_TOKENS = 512;
    private static final int LARGEST_BATCH = 65_536;
    private static final int LARGEST_SIZE = 1024;
    private static final double LARGEST_RATE = 10;

    /** Whether fewer items than the default will do. */
    boolean allItems;

    /** The same of test items. */
    boolean allTestItems;

    @Option(
            names = "--model",
            description = "hiera-tiny (default), minilm, vit or resnet50",
            converter = FinetuneModel.Converter.class)
    FinetuneModel model = FinetuneModel.HIERA_TINY;

    @Option(
            names = "--data",
            description =
                    "cifar10 (hiera-tiny, resnet50), reuters (minilm), or a folder with one folder of images per class (vit)")
    String data;

    @Option(names = "--weights", description = "safetensors file of a ViT with Hugging Face or timm names (vit)")
    Path weights;

    @Option(
            names = "--method",
            split = ",",
            converter = TrainingMethod.Converter.class,
            description = {
                "plain, approx, recompute, checkpoint, razor, razor+approx, in-place, half, int8, bsr, bsr+razor, bsr+reversible, plan, memory, reversible, reversible+approx, reversible-fixed",
                "(coefficients at the schedule's end from the start), reversible-random (inference is the plain network); each in a process of its own, from the same start (default plain,reversible;",
                "for hiera-tiny and minilm plain,plan,reversible, the plan at --budget 25%% with --allow approximate-gradients). resnet50 is of stock layers: plain is exact and keeps everything, but runs on this library's hosts,",
                "as all methods do; bench --methods stock-dl4j tells how long DL4J's own take"
            })
    List<TrainingMethod> methods = List.of();

    @Mixin
    ScheduleChoice schedule = new ScheduleChoice();

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

    @Option(
            names = "--adaptive",
            arity = "0..1",
            fallbackValue = "" + AdaptiveRazor.INTERVAL,
            paramLabel = "STEPS",
            description = {
                "razor: prune ratios by layer, from activation memory and gradients as in SURGEON, set anew every STEPS steps (default",
                "${FALLBACK-VALUE}); without it all layers have --prune. An experiment: no gain is promised"
            })
    Integer adaptive;

    @Option(names = "--epochs", description = "passes over the training items (default ${DEFAULT-VALUE})")
    int epochs = 3;

    @Option(
            names = "--batch",
            description = "items in a step (default 32 for resnet50, whose norms go by the batch, else 16)")
    Integer batch;

    @Option(names = "--train-items", description = "training items (default 1000, or all if there are fewer)")
    Integer trainItems;

    @Option(names = "--test-items", description = "test items (default 2000, or all if there are fewer)")
    Integer testItems;

    @Option(
            names = "--validate",
            description =
                    "evaluate on --test-items of the training items that are not trained on, not on test items: to choose settings by")
    boolean validate;

    @Option(
            names = "--size",
            description = "pixels of an image's side (default 96 for hiera-tiny, 64 for resnet50, 224 for vit)")
    Integer size;

    @Option(names = "--tokens", description = "tokens of a text (default 64)")
    Integer tokens;

    @Option(names = "--lr", description = "learning rate at its peak (default: what suits the model)")
    Double learningRate;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "MINUTES",
            description =
                    "a checkpoint after so many minutes at the latest, beside those at every epoch (default ${DEFAULT-VALUE}; 0: at every step)")
    double checkpointEvery = 5;

    @Option(
            names = "--seed",
            description =
                    "of the head and of the items' order (default ${DEFAULT-VALUE}); the items are the same for all")
    long seed = 1;

    @Option(
            names = "--out",
            description =
                    "folder for report.html, results.json, checkpoints, features of frozen stages (default ${DEFAULT-VALUE})")
    Path out = Path.of("revlayers-out");

    @Option(names = "--skip-broken", description = "vit: leave out images that cannot be read, with a warning each")
    boolean skipBroken;

    @Option(names = "--resume", description = "go on from the checkpoint in --out")
    boolean resume;

    /** Throws an error that names what is wrong before anything is fetched, and fills in what was not given. */
    void check() {
        size = size != null ? size : Integer.valueOf(model.size());
        batch = batch != null ? batch : Integer.valueOf(model.batch());
        tokens = tokens != null ? tokens : Integer.valueOf(DEFAULT_TOKENS);
        if (methods.isEmpty()) {
            methods = model.methods();
            plan.suggest("25%", Exactness.APPROXIMATE_GRADIENTS);
        }
        schedule.check();
        gamma.check();
        razor.check();
        bsr.check();
        plan.check();
        memory.check(methods);
        UsageException.unless(
                plan.budgets().size() == 1,
                "--budget is one budget here, got " + plan.budgets() + ": bench compares several");
        UsageException.unless(
                Set.copyOf(methods).size() == methods.size(), "--method names a method twice: " + labels());
        methods.stream()
                .filter(m -> model.isOfStockLayers() && m.isForTransformers())
                .findFirst()
                .ifPresent(
                        m -> UsageException.unless(
                                false,
                                "--method " + m.label() + " is for transformers; --model " + model.label()
                                        + " goes with plain, checkpoint, razor, in-place, half, int8, plan, memory, reversible, reversible-fixed and reversible-random"));
        methods.stream()
                .filter(m -> !model.isOfStockLayers() && m.isForConvolutions())
                .findFirst()
                .ifPresent(m -> UsageException.unless(
                        false,
                        "--method " + m.label() + " is for batch normalisation, which --model " + model.label()
                                + " has none of: use half or int8, say"));
        UsageException.unless(
                adaptive == null || adaptive > 0, "--adaptive is a number of steps from 1 on, not " + adaptive);
        UsageException.unless(
                adaptive == null || methods.stream().anyMatch(TrainingMethod::thins),
                "--adaptive goes with --method razor or razor+approx, which are not among the methods");
        UsageException.unless(
                learningRate == null || learningRate > 0 && learningRate <= LARGEST_RATE,
                "--lr is above 0 and at most " + LARGEST_RATE + ", not " + learningRate);
        UsageException.unless(
                checkpointEvery >= 0 && Double.isFinite(checkpointEvery),
                "--checkpoint-every is a number of minutes from 0 on, not " + checkpointEvery);
        range("--epochs", epochs, MOST);
        range("--batch", batch, LARGEST_BATCH);
        range("--size", size, LARGEST_SIZE);
        range("--tokens", tokens, model.seesImages() ? MOST : MOST_TOKENS);
        UsageException.unless(model.seesImages() || tokens > 1, "--tokens is at least 2, not " + tokens);
        items();
        long perEpoch = (trainItems + batch - 1L) / batch;
        UsageException.unless(
                perEpoch * epochs < Integer.MAX_VALUE, "--epochs " + epochs + " makes more steps than can be counted");
        if (plansChains()) {
            plan.checkSchedule("--return", schedule.of((int) perEpoch * epochs));
        }
        UsageException.unless(
                !model.seesImages() || 3L * size * size * batch < Integer.MAX_VALUE,
                "--size " + size + " and --batch " + batch + " make more pixels than an array holds");
        data();
        model.checkSize(size);
    }

    /** Data and weights are the model's own, or both the user's. */
    private void data() {
        if (model.data() != null) {
            UsageException.unless(
                    data == null || data.equals(model.data()),
                    "--model " + model.label() + " goes with --data " + model.data() + ", not " + data);
            UsageException.unless(weights == null, "--weights goes with --model vit: " + model.label() + " is fetched");
        } else {
            UsageException.unless(
                    data != null && weights != null, "--model vit needs --weights FILE.safetensors and --data FOLDER");
            UsageException.unless(
                    Files.isRegularFile(weights),
                    "there is no file " + weights + ": --weights names a safetensors file");
            UsageException.unless(
                    Files.isDirectory(Path.of(data)),
                    "there is no folder " + data + ": --data holds one folder of images per class");
        }
    }

    /** As many as are asked for, and as there are. */
    private void items() {
        range("--train-items", trainItems == null ? 1 : trainItems, model.mostTrainItems());
        range("--test-items", testItems == null ? 1 : testItems, validate ? MOST : model.mostTestItems());
        allItems = trainItems == null;
        allTestItems = testItems == null;
        trainItems = trainItems != null ? trainItems : Integer.valueOf(DEFAULT_ITEMS);
        testItems = testItems != null ? testItems : Integer.valueOf(DEFAULT_TEST_ITEMS);
        long left = model.mostTrainItems() - (long) trainItems;
        UsageException.unless(
                !validate || left >= (allTestItems ? 1 : testItems),
                "--validate evaluates on training items that are not trained on, and --train-items " + trainItems
                        + " of " + model.mostTrainItems() + " leaves " + left
                        + (allTestItems ? "" : " for --test-items " + testItems) + ": give fewer");
    }

    /** One line for each option that was given and that neither the model nor a method reads. */
    List<String> warnings(CommandSpec spec) {
        UnusedOptions unused = new UnusedOptions(spec);
        boolean thins = methods.stream().anyMatch(TrainingMethod::thins);
        String chains = "reversible, or plan with --allow new-function";
        unused.add(plansChains() || methods.stream().anyMatch(TrainingMethod::hasSchedule), isFor(chains), "--end");
        unused.add(
                plansChains() || methods.stream().anyMatch(TrainingMethod::moves),
                isFor(chains),
                "--start",
                "--return");
        unused.addThoseOf(methods);
        unused.add(!thins || !model.isOfStockLayers(), isFor("razor of transformers"), "--gelu", "--probabilities");
        UnaryOperator<String> ofModel = name -> "--model " + model.label() + " does not use " + name;
        unused.add(!model.seesImages(), ofModel, "--tokens");
        unused.add(model.seesImages(), ofModel, "--size");
        unused.add(model == FinetuneModel.VIT, ofModel, "--skip-broken");
        return unused.warnings();
    }

    private boolean plansChains() {
        return methods.contains(TrainingMethod.PLAN) && plan.makesChains();
    }

    private UnaryOperator<String> isFor(String method) {
        return UnusedOptions.isFor(method, methods);
    }

    private String labels() {
        return String.join(",", methods.stream().map(TrainingMethod::label).toList());
    }

    /** What decides a training, by name: a run goes on with the same. */
    Map<String, String> decisive() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("--model", model.label());
        all.put("--data", String.valueOf(data));
        all.put(
                "--weights",
                weights == null
                        ? ""
                        : weights.getFileName() + " of " + weights.toFile().length() + " bytes");
        all.put("--batch", String.valueOf(batch));
        all.put("--train-items", String.valueOf(trainItems));
        all.put("--test-items", String.valueOf(testItems));
        all.put("--validate", String.valueOf(validate));
        all.put("--size", String.valueOf(size));
        all.put("--tokens", String.valueOf(tokens));
        all.put("--lr", String.valueOf(learningRate));
        all.put("--seed", String.valueOf(seed));
        all.put("--start, --end and --return", schedule.of(1).toString());
        all.put("--skip-broken", String.valueOf(skipBroken));
        all.put("--adaptive", String.valueOf(adaptive));
        Stream.of(GammaChoice.names(), RazorChoice.names(), PlanChoice.names(), MemoryChoice.names(), BsrChoice.names())
                .flatMap(Stream::of)
                .forEach(name -> all.put(name, ABSENT));
        Stream.of(gamma.arguments(), razor.arguments(), plan.arguments(), memory.arguments(), bsr.arguments())
                .flatMap(List::stream)
                .forEach(a -> all.merge(
                        a.substring(0, a.indexOf('=')),
                        a.substring(a.indexOf('=') + 1),
                        (was, more) -> was.equals(ABSENT) ? more : was + "," + more));
        return all;
    }

    private static void range(String option, int value, int most) {
        UsageException.unless(
                value > 0 && value <= most,
                option + " is from 1 " + (most == MOST ? "on" : "to " + most) + ", not " + value);
    }
}
