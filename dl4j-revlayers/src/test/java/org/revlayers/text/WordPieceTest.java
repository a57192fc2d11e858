package org.revlayers.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordPieceTest {

    private final WordPiece tokenizer = new WordPiece(Map.of(
            "[PAD]", 0, "[UNK]", 1, "[CLS]", 2, "[SEP]", 3, "eat", 4, "##ing", 5, "##in", 6, "a", 7, ".", 8, "cafe",
            9));

    @Test
    void longestPiecesFirst() {
        assertArrayEquals(new int[] {2, 4, 5, 7, 8, 3}, tokenizer.encode("EATING a.", 10));
    }

    @Test
    void wordsWithAnUnknownRestAreUnknown() {
        assertArrayEquals(new int[] {2, 1, 7, 3}, tokenizer.encode("eatingx a", 10));
        assertArrayEquals(new int[] {2, 1, 3}, tokenizer.encode("a".repeat(101), 10));
    }

    @Test
    void longTextsLoseTheirEnd() {
        assertArrayEquals(new int[] {2, 4, 3}, tokenizer.encode("eating a a a", 3));
        assertArrayEquals(new int[] {2, 3}, tokenizer.encode("", 2));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("a", 1));
    }

    @Test
    void accentsControlsAndPunctuation() {
        assertArrayEquals(new int[] {2, 9, 3}, tokenizer.encode("  Caf\u00e9\u200b\n", 10));
        assertEquals(List.of("u", ".", "s", ".", "'", "s", "$", "3", "—", "x"), WordPiece.words("U.S.'s $3—x"));
        assertEquals(List.of("東", "京", "is", "ab"), WordPiece.words("東京is a\u0000b"));
        assertEquals(
                List.of("a\ud83e\udee0b"), WordPiece.words("A\ud83e\udee0b"), "an emoji that Java 17 has no name for");
        assertEquals(List.of("istanbul", "ας"), WordPiece.words("\u0130stanbul\u00a0ας"));
    }

    @Test
    void tokenizerFilesAreChecked(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(
                file,
                "{\"normalizer\":{\"lowercase\":true},\"model\":{\"type\":\"WordPiece\",\"vocab\":"
                        + "{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"b\":4}}}");
        assertArrayEquals(new int[] {2, 4, 3}, WordPiece.read(file).encode("B", 5));
        Files.writeString(file, "{\"model\":{\"type\":\"BPE\"}}");
        assertThrows(IOException.class, () -> WordPiece.read(file));
        assertThrows(IllegalArgumentException.class, () -> new WordPiece(Map.of("a", 1)));
    }
}
