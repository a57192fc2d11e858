package org.revlayers.examples.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ItemsTest {

    private static FinetuneOptions options(int train, int test, boolean validate) {
        FinetuneOptions options = new FinetuneOptions();
        options.trainItems = train;
        options.testItems = test;
        options.validate = validate;
        return options;
    }

    @Test
    @DisplayName("validation items are training items that are not trained on, and what is trained on stays the same")
    void validationItemsAreApart() {
        Items reported = Items.of(50, 20, 0, options(30, 15, false));
        Items chosenBy = Items.of(50, 20, 0, options(30, 15, true));

        assertArrayEquals(reported.train(), chosenBy.train());
        assertEquals(
                45,
                IntStream.concat(IntStream.of(chosenBy.train()), IntStream.of(chosenBy.test()))
                        .distinct()
                        .count());
        assertTrue(IntStream.of(chosenBy.test()).allMatch(i -> i >= 0 && i < 50));
        assertTrue(chosenBy.ofTrainingSet());
        assertTrue(IntStream.of(reported.test()).allMatch(i -> i >= 0 && i < 20));
        assertFalse(reported.ofTrainingSet());
        assertEquals("30 training and 15 validation images", chosenBy.describe("images"));
        assertEquals("30 training and 15 test images", reported.describe("images"));
    }

    @Test
    @DisplayName("more than there are is all that there are")
    void noMoreThanThereAre() {
        assertEquals(20, Items.of(50, 20, 0, options(30, 999, false)).test().length);
        assertEquals(20, Items.of(50, 20, 0, options(30, 999, true)).test().length);
        assertEquals(50, Items.of(50, 20, 0, options(999, 999, false)).train().length);
    }
}
