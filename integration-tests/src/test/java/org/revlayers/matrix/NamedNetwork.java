package org.revlayers.matrix;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * A network of the conversion matrix, as a user writes it, with a batch to train on.
 *
 * @param name   unique
 * @param make   an initialised network of a type
 * @param batch  features and labels (and masks) of a type
 * @param traits what can be asked of it
 */
public record NamedNetwork(
        String name, Function<DataType, Model> make, Function<DataType, MultiDataSet> batch, Set<Trait> traits) {

    /** What can be asked of a network. */
    public enum Trait {
        /** Draws random numbers in training: two networks that compute the same differ then. */
        RANDOM,
        /** Takes more than a second a step: for the slow profile. */
        LARGE,
        /** Has no residual blocks that could become a chain. */
        NO_CHAIN,
        /** Has no two layers in a row for a razor sequence. */
        NO_RAZOR,
        /** Cannot be trained: has no layer with a loss, or makes the last bit of an image a hundredth of its output in a training's forward. */
        INFERENCE
    }

    /** Of these traits. */
    public static NamedNetwork of(
            String name, Function<DataType, Model> make, Function<DataType, MultiDataSet> batch, Trait... traits) {
        return new NamedNetwork(
                name,
                make,
                batch,
                traits.length == 0 ? EnumSet.noneOf(Trait.class) : EnumSet.copyOf(Arrays.asList(traits)));
    }

    /** The network. */
    public Model network(DataType type) {
        return make.apply(type);
    }

    /** The batch. */
    public MultiDataSet data(DataType type) {
        return batch.apply(type);
    }

    /** Its features. */
    public INDArray[] features(DataType type) {
        return data(type).getFeatures();
    }

    /** Whether it has a trait. */
    public boolean is(Trait trait) {
        return traits.contains(trait);
    }

    @Override
    public String toString() {
        return name;
    }
}
