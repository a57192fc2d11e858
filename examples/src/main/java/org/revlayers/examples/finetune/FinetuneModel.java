package org.revlayers.examples.finetune;

import java.util.List;
import java.util.Locale;
import org.revlayers.examples.shared.TrainingMethod;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.HieraTinyFeatures;
import org.revlayers.models.ResNet50;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Models that can be fine-tuned, with the data that they go with and what is taken where nothing is said. */
enum FinetuneModel {
    HIERA_TINY("cifar10", 50_000, 10_000, 96, 16),
    MINILM("reuters", 5_086, 2_133, 224, 16),
    /** Of images of the user's own: their folder tells how many. */
    VIT(null, Integer.MAX_VALUE, Integer.MAX_VALUE, 224, 16),
    /** Its norms go by the batch, which is larger for it. */
    RESNET50("cifar10", 50_000, 10_000, 64, 32);

    private static final int HIERA_LARGEST = 224;

    private final String data;
    private final int mostTrainItems;
    private final int mostTestItems;
    private final int size;
    private final int batch;

    FinetuneModel(String data, int mostTrainItems, int mostTestItems, int size, int batch) {
        this.data = data;
        this.mostTrainItems = mostTrainItems;
        this.mostTestItems = mostTestItems;
        this.size = size;
        this.batch = batch;
    }

    /** As on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The data set that it is fetched with; null if weights and data are the user's. */
    String data() {
        return data;
    }

    /** Training items that there are. */
    int mostTrainItems() {
        return mostTrainItems;
    }

    /** Test items that there are. */
    int mostTestItems() {
        return mostTestItems;
    }

    /** The default of {@code --size}. */
    int size() {
        return size;
    }

    /** The default of {@code --batch}. */
    int batch() {
        return batch;
    }

    /** Whether it reads images; texts otherwise. */
    boolean seesImages() {
        return this != MINILM;
    }

    /** Whether it is of DL4J's own layers; a transformer otherwise. */
    boolean isOfStockLayers() {
        return this == RESNET50;
    }

    /** What is compared where nothing is said: plain training with what keeps least, and with a plan where one is known to fit its budget. */
    List<TrainingMethod> methods() {
        return this == HIERA_TINY || this == MINILM
                ? List.of(TrainingMethod.PLAIN, TrainingMethod.PLAN, TrainingMethod.REVERSIBLE)
                : List.of(TrainingMethod.PLAIN, TrainingMethod.REVERSIBLE);
    }

    /** Throws unless its images can have sides of so many pixels. */
    void checkSize(int pixels) {
        UsageException.unless(
                this != RESNET50 || pixels >= ResNet50.SMALLEST,
                "--size of resnet50 is at least " + ResNet50.SMALLEST + ", not " + pixels);
        UsageException.unless(
                this != HIERA_TINY
                        || pixels % HieraTinyFeatures.STEP == 0
                                && pixels >= HieraTinyFeatures.STEP
                                && pixels <= HIERA_LARGEST,
                "--size of hiera-tiny is a multiple of " + HieraTinyFeatures.STEP + " up to " + HIERA_LARGEST + ", not "
                        + pixels);
    }

    /** Reads {@code hiera-tiny} and so on. */
    static final class Converter implements ITypeConverter<FinetuneModel> {
        @Override
        public FinetuneModel convert(String value) {
            for (FinetuneModel model : FinetuneModel.values()) {
                if (model.label().equalsIgnoreCase(value)) {
                    return model;
                }
            }
            throw new TypeConversionException("models are hiera-tiny, minilm, vit and resnet50; got " + value);
        }
    }
}
