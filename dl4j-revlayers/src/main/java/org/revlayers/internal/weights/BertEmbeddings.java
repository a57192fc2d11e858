package org.revlayers.internal.weights;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The embedding layer of a BERT encoder: word + position + token type, then LayerNorm. Arrays are FLOAT and detached.
 *
 * @param words      {@code [vocabulary, dim]}
 * @param positions  {@code [maxTokens, dim]}
 * @param tokenTypes {@code [types, dim]}; row 0 for single sentences
 * @param gamma      {@code [dim]}
 * @param beta       {@code [dim]}
 */
public record BertEmbeddings(INDArray words, INDArray positions, INDArray tokenTypes, INDArray gamma, INDArray beta) {

    public BertEmbeddings {
        long dim = gamma.length();
        VitBlockWeights.expect("words", words, words.size(0), dim);
        VitBlockWeights.expect("positions", positions, positions.size(0), dim);
        VitBlockWeights.expect("tokenTypes", tokenTypes, tokenTypes.size(0), dim);
        VitBlockWeights.expect("beta", beta, dim);
    }

    /** Features per token. */
    public long dim() {
        return gamma.length();
    }
}
