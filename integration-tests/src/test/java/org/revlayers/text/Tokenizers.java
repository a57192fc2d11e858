package org.revlayers.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.deeplearning4j.text.tokenization.tokenizerfactory.BertWordPieceTokenizerFactory;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** The same vocabulary in three tokenizers: ours, Hugging Face's own in DJL, and Deeplearning4j's. */
final class Tokenizers implements AutoCloseable {

    private static final int LONG = 100_000;

    static {
        System.setProperty(
                "OPT_OUT_TRACKING",
                "true"); // DJL asks otherwise whether this is a machine of a certain cloud, and tells
    }

    private final Map<String, Integer> vocabulary;
    private final WordPiece ours;
    private final HuggingFaceTokenizer reference;
    private final BertWordPieceTokenizerFactory stock;

    Tokenizers(Map<String, Integer> vocabulary) throws IOException {
        this.vocabulary = vocabulary;
        ours = new WordPiece(vocabulary);
        byte[] json = new ObjectMapper().writeValueAsBytes(description(vocabulary));
        reference = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"));
        NavigableMap<String, Integer> reversed = new TreeMap<>(Comparator.reverseOrder());
        reversed.putAll(vocabulary);
        stock = new BertWordPieceTokenizerFactory(reversed, true, true);
    }

    /** A tokenizer.json of an uncased BERT, whose special pieces are not looked for in the text. */
    private static Map<String, Object> description(Map<String, Integer> vocabulary) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("version", "1.0");
        all.put("added_tokens", List.of());
        Map<String, Object> normalizer = new LinkedHashMap<>();
        normalizer.put("type", "BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put("handle_chinese_chars", true);
        normalizer.put("strip_accents", null);
        normalizer.put("lowercase", true);
        all.put("normalizer", normalizer);
        all.put("pre_tokenizer", Map.of("type", "BertPreTokenizer"));
        all.put(
                "post_processor",
                Map.of(
                        "type",
                        "BertProcessing",
                        "sep",
                        List.of("[SEP]", vocabulary.get("[SEP]")),
                        "cls",
                        List.of("[CLS]", vocabulary.get("[CLS]"))));
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("type", "WordPiece");
        model.put("unk_token", "[UNK]");
        model.put("continuing_subword_prefix", "##");
        model.put("max_input_chars_per_word", 100);
        model.put("vocab", vocabulary);
        all.put("model", model);
        return all;
    }

    int[] ours(String text) {
        return ours.encode(text, LONG);
    }

    int[] reference(String text) {
        long[] ids = reference.encode(text).getIds();
        int[] out = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            out[i] = Math.toIntExact(ids[i]);
        }
        return out;
    }

    /** Deeplearning4j's, between [CLS] and [SEP] as its BertIterator puts them; none where it throws, as for words that the vocabulary has no pieces for. */
    Optional<int[]> stock(String text) {
        List<String> tokens;
        try {
            tokens = stock.create(text).getTokens();
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
        int[] out = new int[tokens.size() + 2];
        out[0] = vocabulary.get("[CLS]");
        for (int i = 0; i < tokens.size(); i++) {
            out[i + 1] = vocabulary.getOrDefault(tokens.get(i), -1);
        }
        out[out.length - 1] = vocabulary.get("[SEP]");
        return Optional.of(out);
    }

    @Override
    public void close() {
        reference.close();
    }
}
