package org.revlayers.examples.finetune;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.examples.data.Reuters;
import org.revlayers.examples.data.TextIterator;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.keep.Memory;
import org.revlayers.models.Pretrained;
import org.revlayers.text.WordPiece;
import org.revlayers.weights.TensorSource;

/** all-MiniLM-L6-v2, a post-LN BERT, on the eight single-topic classes of Reuters-21578. */
final class MiniLmTask implements Task {

    private final TensorSource weights;
    private final FinetuneOptions options;
    private final WordPiece tokenizer;
    private final Reuters train;
    private final Reuters test;
    private final Items items;

    MiniLmTask(Fetch fetch, FinetuneOptions options) throws IOException {
        this.options = options;
        weights = TensorSource.open(fetch.file(Artifacts.MINILM, "all-minilm-l6-v2.onnx"));
        tokenizer = WordPiece.read(fetch.file(Artifacts.MINILM, "all-minilm-l6-v2-tokenizer.json"));
        train = Reuters.load(fetch, true);
        Reuters reported = Reuters.load(fetch, false);
        items = Items.of(train.stories().size(), reported.stories().size(), 0, options);
        test = items.ofTrainingSet() ? train : reported;
    }

    @Override
    public String describe() {
        return "all-MiniLM-L6-v2 on Reuters-21578 (8 topics), " + options.tokens + " tokens, "
                + items.describe("stories");
    }

    @Override
    public BatchIterator train(long seed) {
        return new TextIterator(tokenizer, train, items.train(), options.batch, options.tokens, seed);
    }

    @Override
    public BatchIterator test() {
        return new TextIterator(tokenizer, test, items.test(), options.batch, options.tokens, null);
    }

    @Override
    public MultiLayerNetwork network(Memory memory, WarmUpSchedule rate, long seed) throws IOException {
        return Pretrained.miniLm(weights, options.tokens, Reuters.TOPICS.size(), memory, new Adam(rate), seed);
    }

    @Override
    public double learningRate() {
        return 5e-5;
    }
}
