package org.revlayers.layers;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.layers.Weights;

/** Runs a {@link TokenEmbedding}: gather and add; scatter back in the order of the batch. */
final class TokenEmbeddingHost extends TokenHost<TokenEmbedding> {

    private static final long serialVersionUID = 1L;

    TokenEmbeddingHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    public long[] outputShape(long... input) {
        return new long[] {input[0], input[1], layerConf().getNOut()};
    }

    @Override
    protected void checkInput(INDArray x) {
        if (x.rank() != 2 || x.size(1) > layerConf().getPositions()) {
            throw new IllegalArgumentException(layerId() + " reads ids [mb, tokens] with at most "
                    + layerConf().getPositions() + " tokens; got " + Arrays.toString(x.shape())
                    + ": cut longer texts, give ids as a matrix");
        }
    }

    private int[] ids(INDArray x) {
        double[] values = x.reshape(x.length()).toDoubleVector();
        int[] ids = new int[values.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) values[i];
            if (ids[i] != values[i] || ids[i] < 0 || ids[i] >= layerConf().getVocabulary()) {
                throw new IllegalArgumentException(layerId() + " needs ids that are whole numbers from 0 to "
                        + (layerConf().getVocabulary() - 1) + "; got " + values[i] + " in example "
                        + i / x.size(1) + ", token " + i % x.size(1)
                        + ": use the tokenizer of this vocabulary, and no dropout or normaliser on ids");
            }
        }
        return ids;
    }

    @Override
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        keep.share("input", x);
        Weights w = weights(training);
        int[] ids = ids(x);
        Nd4j.pullRows(w.get("word"), Gemm.rows(out), 1, ids);
        INDArray offsets = firstPositions(w.get("position"), x.size(1)).addRowVector(w.get("type"));
        LinearKernels.get().addBias(out.reshape('c', x.size(0), offsets.length()), offsets.reshape(offsets.length()));
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        Weights w = weights(true);
        dx.assign(0);
        INDArray dWord = w.gradient("word");
        INDArray dPosition = w.gradient("position");
        dWord.assign(0);
        dPosition.assign(0);
        LinearKernels.get().columnSums(Gemm.rows(dy), w.gradient("type"));
        long tokens = x.size(1);
        INDArray first = firstPositions(dPosition, tokens);
        LinearKernels.get().columnSums(dy.reshape('c', x.size(0), first.length()), first.reshape(first.length()));
        LinearKernels.get().scatterAdd(Gemm.rows(dy), ids(x), dWord);
    }

    private static INDArray firstPositions(INDArray position, long tokens) {
        return position.get(NDArrayIndex.interval(0, tokens), NDArrayIndex.all());
    }
}
