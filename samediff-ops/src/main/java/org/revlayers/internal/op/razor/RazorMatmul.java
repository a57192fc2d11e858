package org.revlayers.internal.op.razor;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.reduce.MmulBp;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.op.base.RevOp;
import org.revlayers.keep.RazorValues;

/**
 * Product of two activations, each of which is kept thinned (Back Razor): Q·Kᵀ and P·V of attention.
 *
 * <pre>
 *   c  = a·b                                                dense, the bits of ND4J's matmul
 *   da = dc·b̂ᵀ,  db = âᵀ·dc                                 â, b̂: a and b where kept, else 0
 * </pre>
 *
 * <p>Inputs: a, b, of equal rank, {@code [..., m, k]} and {@code [..., k, n]}, or transposed, FLOAT, DOUBLE or HALF. Outputs: c; the copies of a
 * and of b, but for those that other ops have made: the second product of attention reads the copy of {@link RazorSoftmax}. A factor that is not
 * thinned, such as a weight, is read as it is, and the other one's gradient is exact. Kept for backward, of the n elements of each: n/8 bytes of
 * bitmap and (1 − prune)·n values of 4, 2 or 1 byte, where the stock op keeps 4·n. Errors are those of ND4J's matmul. Source: Back Razor, NeurIPS
 * 2022.
 */
public final class RazorMatmul extends RazorOp {

    /** Of a and of b, whether it is kept thinned; no setting of a graph, which has the sources. */
    private final boolean[] thin;

    /** For a graph that is being loaded. */
    public RazorMatmul() {
        this(true, true);
    }

    private RazorMatmul(boolean thinA, boolean thinB) {
        super("razor_matmul");
        thin = new boolean[] {thinA, thinB};
    }

    /**
     * To be applied to a and b.
     *
     * @param thinA     whether a is kept thinned in a graph; else the backward reads it as it is
     * @param thinB     the same of b
     * @param transpose of a, b and c
     * @param prune     fraction of each sample's elements that is dropped from the copies, in [0, 1)
     * @param values    how the others are stored
     */
    public RazorMatmul(boolean thinA, boolean thinB, MMulTranspose transpose, double prune, RazorValues values) {
        this(thinA, thinB);
        thin(prune, values);
        addBArgument(transpose.isTransposeA(), transpose.isTransposeB(), transpose.isTransposeResult());
    }

    @Override
    RazorInputs inputs(SDVariable... in) {
        return RazorInputs.of(copy(), thin, in);
    }

    private static MMulTranspose transpose(RevOp op) {
        boolean[] t = op.bArgs();
        return MMulTranspose.builder()
                .transposeA(t[0])
                .transposeB(t[1])
                .transposeResult(t[2])
                .build();
    }

    @Override
    int copies() {
        return 2;
    }

    @Override
    List<LongShapeDescriptor> results(List<INDArray> in) {
        requireSameType(in.get(0), in.get(1));
        Mmul stock = new Mmul(in.get(0), in.get(1), null, transpose(this));
        return List.of(
                shape(in.get(0).dataType(), stock.calculateOutputShape().get(0).getShape()));
    }

    @Override
    void compute(INDArray[] in, INDArray[] out) {
        Nd4j.exec(new Mmul(in[0], in[1], out[0], transpose(this)));
    }

    @Override
    public SDVariable stock() {
        MMulTranspose t = transpose(this);
        return sameDiff.mmul(arg(0), arg(1), t.isTransposeA(), t.isTransposeB(), t.isTransposeResult());
    }

    @Override
    RazorBp gradient() {
        return new Bp();
    }

    /** {@code razor_matmul_bp}. Inputs: dc, then for a and for b its copy or itself. Outputs: da, db. */
    public static final class Bp extends RazorBp {
        public Bp() {
            super("razor_matmul_bp");
        }

        @Override
        int copies() {
            return 2;
        }

        @Override
        void run(INDArray[] in, INDArray[] thinned, INDArray[] out) {
            Nd4j.exec(new MmulBp(thinned[0], thinned[1], in[0], out[0], out[1], transpose(this)));
        }
    }
}
