package org.revlayers.internal.kernel.attention;

import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Buffers;

/**
 * Where the vectors of attention heads lie inside an array: element {@code i} of token {@code t}, head {@code h}, batch item {@code b}
 * is at {@code offset + b·batchStride + h·headStride + t·tokenStride + i}, counted in elements from the array's first one. A head's
 * vector is contiguous. Lets attention read q, k and v straight from a fused projection, without a transpose.
 *
 * @param array       a C-contiguous array
 * @param offset      of the first head's first vector, in elements
 * @param batchStride elements between batch items
 * @param headStride  elements between heads
 * @param tokenStride elements between tokens
 */
@With
public record HeadView(INDArray array, long offset, long batchStride, long headStride, long tokenStride) {

    /** The heads of {@code [batch, tokens, heads·dim]}. */
    public static HeadView ofTokens(INDArray array, int dim) {
        return part(array, 0, 1, dim);
    }

    /** Part {@code index} of {@code parts} equal parts of the last axis of {@code [batch, tokens, parts·heads·dim]}: q, k, v of a fused projection. */
    public static HeadView part(INDArray array, int index, int parts, int dim) {
        Buffers.require(array.rank() == 3, "heads are read from [batch, tokens, features]", array);
        long tokens = array.size(1);
        long features = array.size(2);
        return new HeadView(array, index * (features / parts), tokens * features, dim, features);
    }

    /** The heads of {@code [batch, heads, tokens, dim]}. */
    public static HeadView ofHeads(INDArray array) {
        Buffers.require(array.rank() == 4, "heads are [batch, heads, tokens, dim]", array);
        long tokens = array.size(2);
        long dim = array.size(3);
        return new HeadView(array, 0, array.size(1) * tokens * dim, tokens * dim, dim);
    }

    /** Throws unless this holds so many tokens of the shape, in this type. */
    void check(String name, AttentionShape shape, int tokens, DataType type) {
        Buffers.required(name, array, Buffers.contiguous(name, array).length(), type);
        long end = offset
                + (shape.batch() - 1) * batchStride
                + (shape.heads() - 1) * headStride
                + (tokens - 1) * tokenStride
                + shape.dim();
        boolean ahead = batchStride >= 0 && headStride >= 0 && tokenStride >= 0;
        Buffers.require(
                offset >= 0 && ahead && end <= array.length(),
                name + " must hold " + tokens + " tokens of " + shape + ", but that view ends at element " + end
                        + ": check its axes and its offset",
                array);
    }
}
