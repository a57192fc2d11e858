package org.revlayers.examples.finetune;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.revlayers.examples.RazorChoice;
import org.revlayers.examples.ScheduleChoice;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.listeners.AdaptiveRazor;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What can be said on the command line of {@code finetune}. */
final class FinetuneOptions {

    /** Chooses the items, the same ones whatever the seed of a training: seeds are compared on the same data. */
    static final long ITEMS_SEED = 1;

    /** Models that can be fine-tuned. */
    enum Model {
        HIERA_TINY,
        MINILM,
        VIT,
        RESNET50
    }

    @Option(
            names = "--model",
            description = "hiera-tiny (default), minilm, vit or resnet50",
            converter = ModelConverter.class)
    Model model = Model.HIERA_TINY;

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
                "plain, approx, recompute, checkpoint, razor, razor+approx, reversible, reversible+approx, reversible-fixed",
                "(coefficients at the schedule's end from the start); in turn from the same start (default plain,approx; plain,reversible for",
                "resnet50). resnet50 is of stock layers: plain is exact and keeps everything, but runs on this library's hosts,",
                "as all methods do; bench --methods stock-dl4j tells how long DL4J's own take"
            })
    List<TrainingMethod> methods = List.of();

    @Mixin
    ScheduleChoice schedule = new ScheduleChoice();

    @Mixin
    RazorChoice razor = new RazorChoice();

    @Option(
            names = "--adaptive",
            arity = "0..1",
            fallbackValue = "" + AdaptiveRazor.INTERVAL,
            paramLabel = "STEPS",
            description = {
                "razor: prune ratios by layer, from activation memory and gradients as in SURGEON, set anew every STEPS steps (default",
                "${FALLBACK-VALUE}); without it all layers have --prune. An experiment: no gain is promised"
            })
    int adaptive;

    @Option(names = "--epochs", description = "passes over the training items (default ${DEFAULT-VALUE})")
    int epochs = 4;

    @Option(
            names = "--batch",
            description = "items in a step (default 32 for resnet50, whose norms go by the batch, else 16)")
    int batch;

    @Option(names = "--train-items", description = "training items (default ${DEFAULT-VALUE})")
    int trainItems = 1000;

    @Option(names = "--test-items", description = "test items (default ${DEFAULT-VALUE})")
    int testItems = 1000;

    @Option(
            names = "--size",
            description = "pixels of an image's side (default 128 for hiera-tiny, 64 for resnet50, 224 for vit)")
    int size;

    @Option(names = "--tokens", description = "tokens of a text (default ${DEFAULT-VALUE})")
    int tokens = 64;

    @Option(names = "--lr", description = "learning rate at its peak (default: what suits the model)")
    double learningRate;

    @Option(
            names = "--seed",
            description =
                    "of the head and of the items' order (default ${DEFAULT-VALUE}); the items are the same for all")
    long seed = 1;

    @Option(
            names = "--out",
            description = "folder for report.html, results.json and checkpoints (default ${DEFAULT-VALUE})")
    Path out = Path.of("revlayers-out");

    @Option(names = "--resume", description = "go on from the checkpoint in --out")
    boolean resume;

    /** Throws an error that names what is wrong before anything is fetched. */
    void check() {
        if (size == 0) {
            size = switch (model) {
                case HIERA_TINY -> 128;
                case RESNET50 -> 64;
                default -> 224;
            };
        }
        if (batch == 0) {
            batch = model == Model.RESNET50 ? 32 : 16;
        }
        if (methods.isEmpty()) {
            methods = List.of(
                    TrainingMethod.PLAIN, model == Model.RESNET50 ? TrainingMethod.REVERSIBLE : TrainingMethod.APPROX);
        }
        schedule.check();
        require(adaptive >= 0, "--adaptive is a number of steps from 1 on, not " + adaptive);
        require(
                adaptive == 0 || methods.stream().anyMatch(TrainingMethod::thins),
                "--adaptive goes with --method razor or razor+approx, which are not among the methods");
        require(epochs > 0, "--epochs must be at least 1, not " + epochs);
        require(batch > 0, "--batch must be at least 1, not " + batch);
        require(trainItems > 0 && testItems > 0, "--train-items and --test-items must be at least 1");
        String expected =
                switch (model) {
                    case HIERA_TINY, RESNET50 -> "cifar10";
                    case MINILM -> "reuters";
                    case VIT -> null;
                };
        if (expected != null) {
            require(
                    data == null || data.equals(expected),
                    "--model " + name() + " goes with --data " + expected + ", not " + data);
            require(weights == null, "--weights goes with --model vit: " + name() + " is fetched");
        } else {
            require(data != null && weights != null, "--model vit needs --weights FILE.safetensors and --data FOLDER");
            require(
                    Files.isRegularFile(weights),
                    "there is no file " + weights + ": --weights names a safetensors file");
            require(
                    Files.isDirectory(Path.of(data)),
                    "there is no folder " + data + ": --data holds one folder of images per class");
        }
        require(model != Model.RESNET50 || size >= 33, "--size of resnet50 is at least 33, not " + size);
        require(
                model != Model.HIERA_TINY || size % 32 == 0 && size >= 32 && size <= 224,
                "--size of hiera-tiny is a multiple of 32 up to 224, not " + size);
    }

    String name() {
        return name(model);
    }

    private static String name(Model model) {
        return model.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Reads {@code hiera-tiny} and so on. */
    static final class ModelConverter implements picocli.CommandLine.ITypeConverter<Model> {
        @Override
        public Model convert(String value) {
            for (Model model : Model.values()) {
                if (name(model).equalsIgnoreCase(value)) {
                    return model;
                }
            }
            throw new TypeConversionException("models are hiera-tiny, minilm, vit and resnet50; got " + value);
        }
    }
}
