package org.revlayers.internal.kernel.stream;

import static org.revlayers.internal.kernel.Buffers.match;
import static org.revlayers.internal.kernel.Buffers.require;
import static org.revlayers.internal.kernel.Buffers.required;
import static org.revlayers.internal.kernel.Buffers.values;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arguments of out = (f + α·x) + β·y, each operation rounded to the arrays' type (HALF: in fp32, rounded to half once, at the end). A factor
 * of 0 leaves its term out, and a factor of 1 is no operation, so α = 1, β = 0 is bit for bit f + x.
 *
 * @param f     the first term
 * @param alpha α
 * @param x     null if α is 0
 * @param beta  β
 * @param y     null if β is 0
 * @param out   may be f, x or y; the inputs may be one array
 */
public record StreamSum(INDArray f, double alpha, INDArray x, double beta, INDArray y, INDArray out) {

    void check() {
        DataType type = values("f", f);
        term("alpha", alpha, "x", x, type);
        term("beta", beta, "y", y, type);
        required("out", out, f.length(), type);
        StreamArguments.sameOrApart("out", out, "f", f);
        StreamArguments.sameOrApart("out", out, "x", x);
        StreamArguments.sameOrApart("out", out, "y", y);
    }

    private void term(String factor, double value, String name, INDArray array, DataType type) {
        require(Double.isFinite(value), factor + " must be finite, not " + value);
        if (value != 0) {
            required(name, array, f.length(), type);
        } else {
            match(name, array, f.length(), type);
        }
    }
}
