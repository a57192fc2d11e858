package org.revlayers.models;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.weights.HieraTiny;
import org.revlayers.weights.TensorSource;

/**
 * Stem and blocks 0 to 3 of Hiera-Tiny (SAM2's image encoder; Ryali et al. 2023, Ravi et al. 2024) as a frozen feature
 * extractor: forward only, nothing is kept. Its output is the input of the plain ViT blocks 4 to 9
 * ({@link HieraTiny#block}); as it never changes, compute it once and cache it.
 *
 * <pre>{@code
 * try (TensorSource source = TensorSource.open(encoder)) {
 *     HieraTinyFeatures features = HieraTinyFeatures.load(source);
 *     INDArray tokens = features.forward(images); // [8, 3, 224, 224] to [8, 196, 384]
 * }
 * }</pre>
 *
 * <p>Blocks: 0 (96 features, windows of 8 x 8), 1 (to 192, halves the grid), 2 (192, windows of 4 x 4), 3 (to 384, halves
 * the grid). Safe for use by several threads. About 1.8 GMAC an image at 224 px. Not supported: images that are not
 * square, training.
 *
 * @since 0.1.0
 */
public final class HieraTinyFeatures {

    /** Side lengths must be multiples of this many pixels. */
    public static final int STEP = 32;

    private static final int PATCH = 4;
    private static final int KERNEL = 7;
    private static final int PAD = 3;
    private static final int CHANNELS = 3;
    private static final int WINDOW = 8;
    private static final int LAST_WINDOW = 2;
    private static final int CHUNK = 4;

    private final HieraPosition position;
    private final INDArray stemW;
    private final INDArray stemB;
    private final List<HieraBlock> blocks;

    private HieraTinyFeatures(HieraPosition position, INDArray stemW, INDArray stemB, List<HieraBlock> blocks) {
        this.position = position;
        this.stemW = stemW;
        this.stemB = stemB;
        this.blocks = blocks;
    }

    /**
     * Reads the weights; the source may be closed afterwards.
     *
     * @throws org.revlayers.files.WeightsFileException listing the tensors that the file lacks
     */
    @SuppressWarnings("try")
    public static HieraTinyFeatures load(TensorSource source) throws IOException {
        HieraTiny.check(source);
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray kernel = source.read(HieraTiny.stem("weight"));
            INDArray stemW = kernel.reshape(kernel.size(0), CHANNELS * KERNEL * KERNEL)
                    .transpose()
                    .dup('c');
            List<HieraBlock> blocks = new ArrayList<>();
            blocks.add(new HieraBlock(source, 0, 8, 1, false));
            blocks.add(new HieraBlock(source, 1, 8, 2, true));
            blocks.add(new HieraBlock(source, 2, 4, 2, false));
            blocks.add(new HieraBlock(source, 3, 4, 4, true));
            return new HieraTinyFeatures(
                    HieraPosition.of(source.read(HieraTiny.position())),
                    stemW,
                    source.read(HieraTiny.stem("bias")),
                    List.copyOf(blocks));
        }
    }

    /**
     * Image tokens after block 3.
     *
     * @param images {@code [mb, 3, side, side]}, RGB, normalised with ImageNet's mean and deviation; side a multiple of 32
     * @return {@code [mb, (side / 16)², 384]}, row by row over the grid, FLOAT, C order, outside any workspace
     */
    @SuppressWarnings("try")
    public INDArray forward(INDArray images) {
        long side = images.rank() == 4 ? images.size(3) : 0;
        if (side == 0 || side % STEP != 0 || images.size(2) != side || images.size(1) != CHANNELS) {
            throw new IllegalArgumentException("Hiera-Tiny needs images [mb, 3, side, side] with side a multiple of "
                    + STEP + ", it got " + Arrays.toString(images.shape()) + ": resize them, for example to 224 x 224");
        }
        int mb = Sizes.exact("images", images.size(0));
        int grid = (int) side / (PATCH * 4);
        int tokens = grid * grid * HieraTiny.DIM;
        float[] out = new float[mb * tokens];
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            float[] all = HostArrays.floats(images);
            int pixels = all.length / mb;
            float[] positions = position.tokens((int) side / PATCH);
            for (int from = 0; from < mb; from += CHUNK) {
                int to = Math.min(mb, from + CHUNK);
                INDArray x = stem(Arrays.copyOfRange(all, from * pixels, to * pixels), positions, (int) side);
                for (HieraBlock block : blocks) {
                    x = block.forward(x);
                }
                float[] rows = Windows.toRows(HostArrays.floats(x), grid, LAST_WINDOW, HieraTiny.DIM);
                System.arraycopy(rows, 0, out, from * tokens, rows.length);
                x.close();
            }
            return Nd4j.create(out, new long[] {mb, (long) grid * grid, HieraTiny.DIM}, 'c');
        }
    }

    /** The stem alone, in row order {@code [mb, (side / 4)², 96]}: for tests. */
    float[] stem(INDArray images) {
        int side = (int) images.size(3);
        INDArray x = stem(HostArrays.floats(images), position.tokens(side / PATCH), side);
        return Windows.toRows(HostArrays.floats(x), side / PATCH, WINDOW, (int) x.size(1));
    }

    /** {@code [mb, 3, side, side]} to {@code [tokens, 96]} in window order, positions added. */
    private INDArray stem(float[] images, float[] positions, int side) {
        int grid = side / PATCH;
        int mb = images.length / (CHANNELS * side * side);
        int columns = CHANNELS * KERNEL * KERNEL;
        int dim = (int) stemW.size(1);
        float[] patches = new float[mb * grid * grid * columns];
        float[] places = new float[mb * grid * grid * dim];
        for (int token = 0; token < mb * grid * grid; token++) {
            int image = token / (grid * grid);
            int place = token % (grid * grid);
            int inOrder = image * grid * grid + Windows.index(place / grid, place % grid, grid, WINDOW);
            System.arraycopy(positions, place * dim, places, inOrder * dim, dim);
            int top = place / grid * PATCH - PAD;
            int left = place % grid * PATCH - PAD;
            int first = Math.max(0, -left);
            int count = Math.min(KERNEL, side - left) - first;
            for (int row = 0; row < CHANNELS * KERNEL; row++) {
                int y = top + row % KERNEL;
                if (y >= 0 && y < side) {
                    int from = ((image * CHANNELS + row / KERNEL) * side + y) * side + left + first;
                    System.arraycopy(images, from, patches, inOrder * columns + row * KERNEL + first, count);
                }
            }
        }
        INDArray unfolded = Nd4j.create(patches, new long[] {(long) mb * grid * grid, columns}, 'c');
        INDArray x = HostArrays.product(unfolded, stemW);
        unfolded.close();
        LinearKernels.get().addBias(x, stemB);
        INDArray place = Nd4j.create(places, x.shape(), 'c');
        x.addi(place);
        place.close();
        return x;
    }
}
