package org.revlayers.examples.bench;

import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.examples.shared.Conversion;
import org.revlayers.examples.shared.UsageException;
import org.revlayers.models.TextEncoder;

/**
 * {@link TextEncoder} of MiniLM's size with a head of eight classes.
 *
 * @param depth  blocks
 * @param tokens of a text
 * @param batch  texts in a step
 */
record TextShape(int depth, int tokens, int batch) implements BenchModel {

    static final String NAME = "minilm";
    static final int DEPTH = 6;
    private static final int TOPICS = 8;
    private static final int WORDS = 30522;
    private static final int MOST_TOKENS = 512;

    TextShape {
        UsageException.unless(depth > 0, "--depth has to be at least 1; got " + depth);
        UsageException.unless(batch > 0, "--batch has to be at least 1; got " + batch);
        UsageException.unless(
                tokens > 0 && tokens <= MOST_TOKENS,
                "--size of " + NAME + " is the number of tokens, 1 to " + MOST_TOKENS + "; got " + tokens);
    }

    @Override
    public int image() {
        return tokens;
    }

    @Override
    public Set<String> peers() {
        return Peers.OF_TEXTS;
    }

    @Override
    public void check(BenchMethod method) {
        BenchModel.super.check(method);
        UsageException.unless(
                method.isPeer() || method.ours() != null && !method.ours().isForConvolutions(),
                "--model " + NAME + " goes with the methods for transformers and with those of PyTorch; got "
                        + method.label());
    }

    @Override
    public DataSet data() {
        Random random = Nd4j.getRandomFactory().getNewRandomInstance(DATA_SEED);
        INDArray ids = Nd4j.create(DataType.FLOAT, batch, tokens);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch, TOPICS);
        for (int i = 0; i < batch; i++) {
            for (int t = 0; t < tokens; t++) {
                ids.putScalar(i, t, random.nextInt(WORDS));
            }
            labels.putScalar(i, random.nextInt(TOPICS), 1);
        }
        return new DataSet(ids, labels);
    }

    @Override
    public Contestant contestant(BenchMethod method, Conversion conversion) {
        return NetworkContestant.of(
                conversion.of(
                        TextEncoder.builder()
                                .depth(depth)
                                .tokens(tokens)
                                .classes(TOPICS)
                                .memory(method.ours().base())
                                .updater(new Sgd(NetworkContestant.LEARNING_RATE))
                                .build()
                                .init(),
                        this::data),
                data());
    }
}
