package org.revlayers.examples.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.text.WordPiece;

/**
 * Batches of texts: features {@code [mb, maxTokens]}, token ids as floats, padded; features mask {@code [mb, maxTokens]}, 1
 * for tokens and 0 for padding; labels one-hot {@code [mb, classes]}.
 */
public final class TextIterator extends BatchIterator {

    private static final long serialVersionUID = 1L;

    private final int[][] ids;
    private final int[] labels;
    private final List<String> classes;
    private final int maxTokens;
    private final int padding;

    /**
     * @param tokenizer turns the texts into ids, at once
     * @param stories   texts and labels
     * @param items     which of them
     * @param batch     texts in a batch
     * @param maxTokens longer texts lose their end
     * @param seed      shuffles every epoch; null keeps the order
     */
    public TextIterator(WordPiece tokenizer, Reuters stories, int[] items, int batch, int maxTokens, Long seed) {
        super(items, batch, seed);
        this.maxTokens = maxTokens;
        this.padding = tokenizer.padding();
        this.classes = Reuters.TOPICS;
        this.ids = new int[stories.stories().size()][];
        this.labels = new int[ids.length];
        for (int i : items) {
            ids[i] = tokenizer.encode(stories.stories().get(i).text(), maxTokens);
            labels[i] = stories.stories().get(i).label();
        }
    }

    @Override
    protected DataSet make(int[] items) {
        float[] out = new float[items.length * maxTokens];
        float[] mask = new float[out.length];
        Arrays.fill(out, padding);
        for (int i = 0; i < items.length; i++) {
            int[] tokens = ids[items[i]];
            for (int t = 0; t < tokens.length; t++) {
                out[i * maxTokens + t] = tokens[t];
                mask[i * maxTokens + t] = 1;
            }
        }
        long[] shape = {items.length, maxTokens};
        int[] chosen = IntStream.of(items).map(i -> labels[i]).toArray();
        return new DataSet(
                Nd4j.create(out, shape, 'c'), oneHot(chosen, classes.size()), Nd4j.create(mask, shape, 'c'), null);
    }

    @Override
    public List<String> getLabels() {
        return classes;
    }

    @Override
    public int inputColumns() {
        return maxTokens;
    }
}
