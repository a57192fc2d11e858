package org.revlayers.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.files.StrictJson;

/**
 * BERT's uncased WordPiece tokenizer (Devlin et al. 2019): clean, lower-case, strip accents, split at whitespace, around
 * punctuation and around Chinese characters, then cut each word into the longest pieces that the vocabulary has.
 *
 * <pre>{@code
 * int[] ids = WordPiece.read(Path.of("tokenizer.json")).encode("A man is eating food.", 128);
 * // 101 1037 2158 2003 5983 2833 1012 102
 * }</pre>
 *
 * <p>Gives the ids of Hugging Face's tokenizers. Exceptions, 463 of all characters on Java 17: marks and punctuation that
 * Unicode got after version 8 (of rare scripts) are seen as such by Java's tables, and capitals that Java does not know stay.
 *
 * <p>Not supported: special tokens inside the text ({@code [MASK]} is taken as punctuation and a word), sentence pairs.
 *
 * @since 0.1.0
 */
public final class WordPiece {

    private static final int MAX_WORD = 100;
    private static final List<String> SPECIAL = List.of("[UNK]", "[CLS]", "[SEP]", "[PAD]");
    private static final String REMEDY = "use the tokenizer.json of a BERT-uncased model";

    private final Map<String, Integer> vocabulary;
    private final int unknown;
    private final int first;
    private final int last;
    private final int padding;

    /**
     * @param vocabulary pieces and their ids; pieces inside a word begin with {@code ##}; must have {@code [UNK]},
     *     {@code [CLS]}, {@code [SEP]} and {@code [PAD]}
     */
    public WordPiece(Map<String, Integer> vocabulary) {
        this.vocabulary = new HashMap<>(vocabulary); // Map.copyOf searches names that collide one by one
        unknown = special("[UNK]");
        first = special("[CLS]");
        last = special("[SEP]");
        padding = special("[PAD]");
    }

    /**
     * Reads a Hugging Face {@code tokenizer.json}.
     *
     * @throws IOException when it is not one of an uncased WordPiece model
     */
    public static WordPiece read(Path file) throws IOException {
        return ForeignFile.read(file, REMEDY, () -> {
            JsonNode root = StrictJson.parse(file, "it", Files.readAllBytes(file), REMEDY);
            JsonNode model = root.path("model");
            boolean uncased = root.path("normalizer").path("lowercase").asBoolean(false);
            if (!model.path("type").asText().equals("WordPiece") || !uncased) {
                throw new WeightsFileException(
                        file,
                        "must describe an uncased WordPiece tokenizer, it says type "
                                + StrictJson.shown(model.path("type")) + ", lowercase " + uncased,
                        REMEDY);
            }
            JsonNode vocab = model.path("vocab");
            Map<String, Integer> vocabulary = new HashMap<>();
            Set<Long> ids = new HashSet<>();
            for (Iterator<Map.Entry<String, JsonNode>> it = vocab.fields(); it.hasNext(); ) {
                Map.Entry<String, JsonNode> e = it.next();
                String what = "the id of \"" + e.getKey() + "\"";
                // ids number the rows of an embedding: as many as pieces, but for some that were taken out
                long id = StrictJson.whole(file, what, e.getValue(), 0, 2L * vocab.size() + 1000, REMEDY);
                if (!ids.add(id)) {
                    throw new WeightsFileException(file, what + " is another piece's too: " + id, REMEDY);
                }
                vocabulary.put(e.getKey(), (int) id);
            }
            for (String special : SPECIAL) {
                if (!vocabulary.containsKey(special)) {
                    throw new WeightsFileException(
                            file,
                            "the vocabulary must have " + special + ", it has " + vocabulary.size() + " other pieces",
                            REMEDY);
                }
            }
            return new WordPiece(vocabulary);
        });
    }

    /** Number of pieces. */
    public int size() {
        return vocabulary.size();
    }

    /** Id of {@code [PAD]}. */
    public int padding() {
        return padding;
    }

    /**
     * Ids of a text, {@code [CLS]} first and {@code [SEP]} last.
     *
     * @param maxTokens at least 2; longer texts lose their end
     */
    public int[] encode(String text, int maxTokens) {
        if (maxTokens < 2) {
            throw new IllegalArgumentException("maxTokens must leave room for [CLS] and [SEP], it is " + maxTokens);
        }
        List<Integer> ids = new ArrayList<>();
        ids.add(first);
        for (String word : words(text)) {
            pieces(word, ids);
            if (ids.size() >= maxTokens) {
                break;
            }
        }
        List<Integer> kept = ids.subList(0, Math.min(ids.size(), maxTokens - 1));
        int[] out = new int[kept.size() + 1];
        for (int i = 0; i < kept.size(); i++) {
            out[i] = kept.get(i);
        }
        out[kept.size()] = last;
        return out;
    }

    private void pieces(String word, List<Integer> ids) {
        int length = word.codePointCount(0, word.length());
        int size = ids.size();
        int at = 0;
        while (at < word.length() && length <= MAX_WORD) {
            int end = word.length();
            Integer id = null;
            for (; end > at; end = word.offsetByCodePoints(end, -1)) {
                id = vocabulary.get((at == 0 ? "" : "##") + word.substring(at, end));
                if (id != null) {
                    break;
                }
            }
            if (id == null) {
                break;
            }
            ids.add(id);
            at = end;
        }
        if (at < word.length()) {
            ids.subList(size, ids.size()).clear();
            ids.add(unknown);
        }
    }

    /** Words and single punctuation marks, normalised. */
    static List<String> words(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (c == 0 || c == 0xfffd || isControl(c)) {
                return;
            }
            if (isChinese(c)) {
                clean.append(' ').appendCodePoint(c).append(' ');
            } else {
                clean.appendCodePoint(isSpace(c) ? ' ' : c);
            }
        });
        String plain = Normalizer.normalize(clean, Normalizer.Form.NFD);
        StringBuilder stripped = new StringBuilder(plain.length());
        plain.codePoints()
                .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
                .forEach(stripped::appendCodePoint);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        stripped.codePoints().map(Character::toLowerCase).forEach(c -> {
            boolean mark = isPunctuation(c);
            if ((mark || isSpace(c)) && word.length() > 0) {
                words.add(word.toString());
                word.setLength(0);
            }
            if (mark) {
                words.add(Character.toString(c));
            } else if (!isSpace(c)) {
                word.appendCodePoint(c);
            }
        });
        if (word.length() > 0) {
            words.add(word.toString());
        }
        return words;
    }

    private static boolean isSpace(int c) {
        return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
    }

    private static boolean isControl(int c) {
        if (c == '\t' || c == '\n' || c == '\r') {
            return false;
        }
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.PRIVATE_USE
                || type == Character.SURROGATE; // not what this Java's Unicode has no name for yet: new emoji
    }

    private static boolean isPunctuation(int c) {
        if (c >= 33 && c <= 47 || c >= 58 && c <= 64 || c >= 91 && c <= 96 || c >= 123 && c <= 126) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    private static boolean isChinese(int c) {
        return c >= 0x4e00 && c <= 0x9fff
                || c >= 0x3400 && c <= 0x4dbf
                || c >= 0x20000 && c <= 0x2a6df
                || c >= 0x2a700 && c <= 0x2b73f
                || c >= 0x2b740 && c <= 0x2b81f
                || c >= 0x2b920 && c <= 0x2ceaf // from 0x2b920 as Hugging Face's tokenizers have it, not from 0x2b820
                || c >= 0xf900 && c <= 0xfaff
                || c >= 0x2f800 && c <= 0x2fa1f;
    }

    private int special(String piece) {
        Integer id = vocabulary.get(piece);
        if (id == null) {
            throw new IllegalArgumentException("the vocabulary must have " + piece + ", it has " + vocabulary.size()
                    + " other pieces: use the tokenizer.json of a BERT model");
        }
        return id;
    }
}
