package org.revlayers.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.Character.UnicodeBlock;
import java.lang.Character.UnicodeScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.examples.data.Reuters;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.fetch.FetchProgress;

/**
 * Our tokenizer gives the ids of Hugging Face's own (in DJL: Rust, 18 MB with natives for four platforms, so that it is for tests alone); Deeplearning4j's
 * gives others, and how many is what the documents say.
 *
 * <p>By hand, with Python: all ids of these 10,000 lines are those of transformers 5.24.0 and of the fast tokenizer of 4.46.3. The slow one of 4.46.3 differs on 153,
 * where it drops an emoji that Python 3.11 does not know yet.
 */
class TokenizersTest {

    private static final List<String> LINES = UnicodeLines.of(10_000, 1);

    private static final Set<UnicodeBlock> NEWER = Set.of(
            UnicodeBlock.SUPPLEMENTAL_PUNCTUATION,
            UnicodeBlock.ARABIC_EXTENDED_A,
            UnicodeBlock.DEVANAGARI_EXTENDED,
            UnicodeBlock.IDEOGRAPHIC_SYMBOLS_AND_PUNCTUATION);

    /** Of lines: ids other than ours, and no ids but an exception. */
    private record Difference(int reference, int stockOther, int stockThrows) {}

    private static Difference compare(Map<String, Integer> vocabulary, List<String> lines) throws Exception {
        int reference = 0;
        int other = 0;
        int none = 0;
        try (Tokenizers tokenizers = new Tokenizers(vocabulary)) {
            for (String line : lines) {
                int[] ours = tokenizers.ours(line);
                reference += Arrays.equals(ours, tokenizers.reference(line)) ? 0 : 1;
                Optional<int[]> stock = tokenizers.stock(line);
                none += stock.isEmpty() ? 1 : 0;
                other += stock.isPresent() && !Arrays.equals(ours, stock.get()) ? 1 : 0;
            }
        }
        return new Difference(reference, other, none);
    }

    @Test
    void linesWhoseCharactersAreAllKnown() throws Exception {
        assertEquals(new Difference(0, 889, 0), compare(UnicodeLines.vocabulary(LINES, false), LINES));
        pageSays("other ids on 889 of 10,000 lines");
    }

    @Test
    void linesWithUnknownWords() throws Exception {
        assertEquals(new Difference(0, 318, 6_706), compare(UnicodeLines.vocabulary(LINES, true), LINES));
        pageSays("stops with an exception at 6,706 of 10,000 and has other ids on 318");
    }

    /** Inside a word, all characters of these scripts; marks and punctuation that Unicode got after version 8 go by Java's tables, which are newer. */
    @Test
    void everyCharacterOfTheseScripts() throws Exception {
        Set<UnicodeScript> scripts = Set.of(
                UnicodeScript.LATIN,
                UnicodeScript.GREEK,
                UnicodeScript.CYRILLIC,
                UnicodeScript.ARMENIAN,
                UnicodeScript.HEBREW,
                UnicodeScript.DEVANAGARI,
                UnicodeScript.THAI,
                UnicodeScript.HANGUL,
                UnicodeScript.HIRAGANA,
                UnicodeScript.KATAKANA,
                UnicodeScript.HAN,
                UnicodeScript.COMMON);
        List<String> words = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .filter(c -> scripts.contains(UnicodeScript.of(c)))
                .mapToObj(c -> "a" + Character.toString(c) + "b")
                .toList();
        assertTrue(words.size() > 100_000, () -> words.size() + " characters");
        List<String> differ = new ArrayList<>();
        try (Tokenizers tokenizers = new Tokenizers(UnicodeLines.vocabulary(words, false))) {
            for (String word : words) {
                UnicodeBlock block = UnicodeBlock.of(word.codePointAt(1));
                if (!NEWER.contains(block) && !Arrays.equals(tokenizers.ours(word), tokenizers.reference(word))) {
                    differ.add(Integer.toHexString(word.codePointAt(1)));
                }
            }
        }
        assertEquals(List.of(), differ);
    }

    /** With MiniLM's vocabulary, and English text. */
    @Test
    @Tag("slow")
    void newsAndLinesWithMiniLmsVocabulary() throws Exception {
        Fetch fetch = Fetch.standard(FetchProgress.SILENT);
        Path file = fetch.file(Artifacts.MINILM, "all-minilm-l6-v2-tokenizer.json");
        JsonNode pieces =
                new ObjectMapper().readTree(file.toFile()).path("model").path("vocab");
        Map<String, Integer> vocabulary = new HashMap<>();
        pieces.fields()
                .forEachRemaining(e -> vocabulary.put(e.getKey(), e.getValue().asInt()));
        List<String> news = Stream.of(Reuters.load(fetch, true), Reuters.load(fetch, false))
                .flatMap(all -> all.stories().stream())
                .map(Reuters.Story::text)
                .toList();
        assertEquals(7_219, news.size());
        assertEquals(new Difference(0, 0, 0), compare(vocabulary, news));
        assertEquals(new Difference(0, 6_487, 0), compare(vocabulary, LINES));
        pageSays("no other ids on 7,219 news stories in English, and other ids on 6,487 of the 10,000 lines");
    }

    private static void pageSays(String words) throws IOException {
        String page = Files.readString(Path.of("../docs/pages/dl4j.md")).replaceAll("\\s+", " ");
        assertTrue(page.contains(words), words);
    }
}
