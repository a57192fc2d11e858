package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.linear.LinearKernels;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;
import org.revlayers.internal.kernel.razor.RazorArrays;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.kernel.razor.RazorSides;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.RazorValues;

/** Sizes beyond 2^31 - 1: computed in 64 bits, or refused by name; never cut off. The arrays have shapes and no memory behind them. */
class HugeShapesTest {

    @BeforeEach
    void arraysAreInHostMemory() {
        assumeTrue(Devices.current() == null, "about addresses of host memory");
    }

    private static final long HUGE = 1L << 32;

    /** Must not be read or written. */
    private static INDArray paper(DataType type, long... shape) {
        long length = 1;
        long[] strides = new long[shape.length]; // ND4J's own calculation of them has 32 bits
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = length;
            length *= shape[i];
        }
        Pointer memory = Pointer.malloc(64);
        memory.capacity(length * type.width());
        return Nd4j.create(Nd4j.createBuffer(memory, length, type), shape, strides, 0, 'c', type);
    }

    private static void refused(String word, Executable call) {
        RuntimeException e =
                assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThrows(RuntimeException.class, call));
        assertTrue(e instanceof IllegalArgumentException || e instanceof ArithmeticException, e.toString());
        assertTrue(e.getMessage() != null && e.getMessage().contains(word), e.toString());
    }

    @Test
    void columnsAreCountedInSixtyFourBits() {
        INDArray x = paper(DataType.FLOAT, 2, HUGE + 4);
        INDArray four = Nd4j.ones(DataType.FLOAT, 4);
        refused("bias", () -> LinearKernels.get().addBias(x, four));
        refused("out", () -> LinearKernels.get().columnSums(x, four));
        refused("gamma", () -> NormKernels.get()
                .forward(NormForward.of(Norm.LAYER, 1e-5, NormInput.of(x), paper(DataType.FLOAT, 2, HUGE + 4))
                        .affine(four, null)));
        INDArray many = paper(DataType.FLOAT, 2, HUGE);
        refused("bias", () -> LinearKernels.get().addBias(many, four)); // cut off there were none: a division by zero
        assertEquals(2, Buffers.rows(many));
    }

    @Test
    void attentionDoesNotCutSizesOff() {
        refused("tokens", () -> AttentionShape.self(1, 1, HUGE + 5, 8));
        refused("batch", () -> AttentionShape.self(HUGE + 1, 1, 5, 8));
    }

    /** A head of 2^16 tokens and 2^16 features has 2^32 numbers, which no Java array holds. */
    @Test
    void portableAttentionRefusesHeadsThatDoNotFit() {
        int n = 1 << 16;
        AttentionShape shape = new AttentionShape(1, 1, n, n, n, 1, false);
        HeadView view = HeadView.ofTokens(paper(DataType.FLOAT, 1, n, n), n);
        refused("features", () -> AttentionKernels.portable()
                .forward(AttentionForward.of(shape, view, view, view, view)));
    }

    @Test
    void portableRazorRefusesWhatItCannotHold() {
        RazorLayout layout = RazorLayout.of(0.5, RazorValues.FP16, 2, HUGE);
        INDArray x = paper(DataType.FLOAT, 2, HUGE);
        INDArray bits = paper(DataType.UINT8, layout.bitmapBytes());
        INDArray values = paper(DataType.FLOAT16, layout.valueCount());
        INDArray means = paper(DataType.FLOAT, 4);
        RazorKernels java = RazorKernels.portable();
        refused("elements", () -> java.compress(x, new RazorArrays(layout, bits, values, null)));
        refused("elements", () -> java.decompress(new RazorArrays(layout, bits, values, null), x));
        refused("elements", () -> java.sides(x, new RazorSides(layout, bits, bits, means)));
        INDArray dw = paper(DataType.FLOAT, 8, 1);
        INDArray dy = paper(DataType.FLOAT, HUGE / 4, 1);
        refused(
                "elements",
                () -> java.weightGradient(new RazorArrays(layout, bits, values, null), null, dy, dw, false));
    }

    @Test
    void productsOfSizesDoNotOverflow() {
        refused("shape", () -> RazorLayout.of(0.5, RazorValues.FULL, 1L << 33, 1L << 33));
        refused("shape", () -> Arena.current().take(DataType.FLOAT, 1L << 33, (1L << 31) + 1)); // 2^64 + 2^33
        refused("shape", () -> Arena.current().take(DataType.FLOAT, 1L << 32, (1L << 32) + 1));
    }
}
