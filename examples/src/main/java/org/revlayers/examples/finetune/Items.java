package org.revlayers.examples.finetune;

import java.util.Arrays;
import org.revlayers.examples.data.Shuffle;

/**
 * Which items are trained on, and on which ones the networks are evaluated: test items, or with {@code --validate} training items that are not
 * trained on, so that settings are chosen by items which no reported figure has seen.
 *
 * @param train         numbers of training items
 * @param test          numbers of the items of the evaluation, of the training set if {@code ofTrainingSet}
 * @param ofTrainingSet whether the items of the evaluation are training items
 */
record Items(int[] train, int[] test, boolean ofTrainingSet) {

    /**
     * As many as are asked for, and as there are.
     *
     * @param training training items that there are
     * @param test     test items that there are
     * @param testSeed chooses the test items
     */
    static Items of(int training, int test, long testSeed, FinetuneOptions options) {
        int[] order = Shuffle.order(training, FinetuneOptions.ITEMS_SEED);
        int trained = Math.min(options.trainItems, training);
        int[] evaluated = options.validate
                ? Arrays.copyOfRange(order, trained, Math.min(training, trained + options.testItems))
                : Shuffle.subset(test, Math.min(options.testItems, test), testSeed);
        return new Items(Arrays.copyOf(order, trained), evaluated, options.validate);
    }

    /** How many of which, in words. */
    String describe(String what) {
        return train.length + " training and " + test.length + (ofTrainingSet ? " validation " : " test ") + what;
    }
}
