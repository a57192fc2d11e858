package org.revlayers.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A card that ND4J's library has no code for is refused before ND4J starts, with what to do. */
class CudaCardsTest {

    @AfterEach
    void restore() {
        System.clearProperty(CudaCards.ANY_CARD);
    }

    @Test
    void cardsFromKeplerToAdaAreTaken() {
        assertDoesNotThrow(() -> CudaCards.check(List.of(37, 61, 75, 80, 86, 89)));
    }

    @Test
    void newerAndOlderOnesAreRefusedByName() {
        for (int card : new int[] {35, 90, 100, 120}) {
            Throwable error =
                    assertThrows(UnsupportedOperationException.class, () -> CudaCards.check(List.of(80, card)));
            assertTrue(error.getMessage().contains(card / 10 + "." + card % 10), error.getMessage());
            assertTrue(error.getMessage().contains("BACKEND_PRIORITY_CPU"), error.getMessage());
        }
    }

    @Test
    void aBuildWithCodeForThemTakesThem() {
        System.setProperty(CudaCards.ANY_CARD, "true");
        assertDoesNotThrow(() -> CudaCards.check(List.of(90)));
    }
}
