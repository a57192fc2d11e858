package org.revlayers.layers;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.kernel.StridedCopy;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.layers.Weights;
import org.revlayers.internal.memory.Arena;

/** Runs a {@link PatchEmbedding}: gather patches, one product per image straight into its tokens, add positions. */
final class PatchEmbeddingHost extends TokenHost<PatchEmbedding> {

    private static final long serialVersionUID = 1L;

    PatchEmbeddingHost(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    public long[] outputShape(long... input) {
        return new long[] {input[0], layerConf().tokenCount(), layerConf().getNOut()};
    }

    @Override
    protected void checkInput(INDArray x) {
        PatchEmbedding c = layerConf();
        if (x.rank() != 4 || x.size(1) != c.getNIn() || x.size(2) != c.getHeight() || x.size(3) != c.getWidth()) {
            throw new IllegalArgumentException(
                    layerId() + " reads [mb, " + c.getNIn() + ", " + c.getHeight() + ", "
                            + c.getWidth() + "]; got " + Arrays.toString(x.shape())
                            + ": resize the images, or build the network for this size (PositionEmbedding.resize keeps the weights)");
        }
    }

    /** Image {@code [mb, c, h·p, w·p]} as a view {@code [mb, h, w, c, p, p]}. */
    private INDArray patchView(INDArray image) {
        PatchEmbedding c = layerConf();
        int p = c.getPatch();
        return image.reshape('c', image.size(0), c.getNIn(), c.getHeight() / p, p, c.columns(), p)
                .permute(0, 2, 4, 1, 3, 5);
    }

    private INDArray patches(INDArray image, Arena.Scratch scratch) {
        INDArray view = patchView(image);
        INDArray patches = scratch.take(dataType, view.shape());
        StridedCopy.copy(view, patches);
        return patches.reshape(
                'c', image.size(0), layerConf().patches(), layerConf().patchLength());
    }

    /** The patch tokens of example {@code i}: a contiguous view {@code [patches, features]}. */
    private INDArray tokensOf(INDArray tokens, long i) {
        int first = layerConf().isClassToken() ? 1 : 0;
        return tokens.get(NDArrayIndex.point(i), NDArrayIndex.interval(first, tokens.size(1)), NDArrayIndex.all());
    }

    @Override
    protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
        Weights w = weights(training);
        keep.share("input", x);
        INDArray position = w.get("position");
        try (Arena.Scratch scratch = arena().scratch()) {
            INDArray patches = patches(x, scratch);
            INDArray offsets = scratch.take(dataType, position.shape());
            offsets.assign(position);
            INDArray patchOffsets = layerConf().isClassToken()
                    ? offsets.get(NDArrayIndex.interval(1, offsets.size(0)), NDArrayIndex.all())
                    : offsets;
            LinearKernels.get().addBias(patchOffsets, w.get("patchB"));
            if (layerConf().isClassToken()) {
                INDArray first = offsets.getRow(0);
                first.addi(w.get("classToken"));
            }
            for (long i = 0; i < x.size(0); i++) {
                if (layerConf().isClassToken()) {
                    out.get(NDArrayIndex.point(i), NDArrayIndex.point(0), NDArrayIndex.all())
                            .assign(0);
                }
                INDArray image = patches.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all());
                Gemm.multiply(image, w.get("patchW"), tokensOf(out, i));
            }
            LinearKernels.get()
                    .addBias(out.reshape('c', out.size(0), offsets.length()), offsets.reshape(offsets.length()));
        }
    }

    @Override
    protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
        Weights w = weights(true);
        INDArray dPosition = w.gradient("position");
        try (Arena.Scratch scratch = arena().scratch()) {
            LinearKernels.get()
                    .columnSums(dy.reshape('c', dy.size(0), dPosition.length()), dPosition.reshape(dPosition.length()));
            if (layerConf().isClassToken()) {
                w.gradient("classToken").assign(dPosition.getRow(0));
                LinearKernels.get()
                        .columnSums(
                                dPosition.get(NDArrayIndex.interval(1, dPosition.size(0)), NDArrayIndex.all()),
                                w.gradient("patchB"));
            } else {
                LinearKernels.get().columnSums(dPosition, w.gradient("patchB"));
            }
            INDArray patches = patches(x, scratch);
            for (long i = 0; i < x.size(0); i++) {
                INDArray image = patches.get(NDArrayIndex.point(i), NDArrayIndex.all(), NDArrayIndex.all());
                Gemm.weightGradient(image, tokensOf(dy, i), w.gradient("patchW"), i > 0);
                Gemm.inputGradient(tokensOf(dy, i), w.get("patchW"), image, false);
            }
            INDArray view = patchView(dx);
            StridedCopy.copy(patches.reshape('c', view.shape()), view);
        }
    }
}
