package org.revlayers.internal.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.revlayers.internal.kernel.TestArrays.assertBits;
import static org.revlayers.internal.kernel.TestArrays.assertWithin;
import static org.revlayers.internal.kernel.TestArrays.floats;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.internal.kernel.NativeRuntime;
import org.revlayers.internal.kernel.TestArrays;
import org.revlayers.internal.kernel.device.Devices;

/** Every library for products that is on the class path against sums in double, whatever matrices it is given. */
class GemmProviderTest {

    /** Rows, terms, columns. */
    private static final int[][] SIZES = {
        {1, 1, 1}, {1, 7, 5}, {5, 7, 1}, {3, 1, 4}, {1, 1, 9}, {17, 33, 65}, {31, 128, 3}, {197, 64, 48}, {2, 771, 130}
    };

    private static final float ROUND = 77;

    @BeforeEach
    void inHostMemory() {
        assumeTrue(Devices.current() == null, "arrays live on a device, whose own products these are not");
    }

    private static GemmProvider open(GemmLibrary library) {
        try {
            return library.open();
        } catch (LinkageError e) {
            return abort("not here: " + library.artifacts + " (" + e + ")");
        }
    }

    /** A matrix, and what it is a view of. */
    private record View(INDArray whole, INDArray matrix) {

        /** Two rows and three columns within a larger matrix, so that rows lie further apart than they are long. */
        private static View in(char order, INDArray values) {
            long rows = values.size(0);
            long columns = values.size(1);
            INDArray whole = Nd4j.valueArrayOf(new long[] {rows + 3, columns + 5}, ROUND, DataType.FLOAT)
                    .dup(order);
            INDArray matrix = whole.get(NDArrayIndex.interval(1, 1 + rows), NDArrayIndex.interval(2, 2 + columns));
            matrix.assign(values);
            return new View(whole, matrix);
        }

        private double around() {
            return whole.castTo(DataType.DOUBLE).sumNumber().doubleValue()
                    - matrix.castTo(DataType.DOUBLE).sumNumber().doubleValue();
        }
    }

    private static INDArray matrix(int seed, long rows, long columns, boolean transposed) {
        return transposed ? floats(seed, columns, rows) : floats(seed, rows, columns);
    }

    /** a·b in double, in the simplest loop there is. */
    private static INDArray expected(INDArray a, boolean ta, INDArray b, boolean tb, INDArray before) {
        INDArray out = before.castTo(DataType.DOUBLE).dup('c');
        INDArray left = ta ? a.transpose() : a;
        INDArray right = tb ? b.transpose() : b;
        double[][] l = left.castTo(DataType.DOUBLE).toDoubleMatrix();
        double[][] r = right.castTo(DataType.DOUBLE).toDoubleMatrix();
        for (int i = 0; i < l.length; i++) {
            for (int j = 0; j < r[0].length; j++) {
                double sum = out.getDouble(i, j);
                for (int k = 0; k < r.length; k++) {
                    sum += l[i][k] * r[k][j];
                }
                out.putScalar(i, j, sum);
            }
        }
        return out;
    }

    private static void check(
            GemmProvider provider, int[] size, boolean ta, boolean tb, boolean accumulate, char order) {
        INDArray a = matrix(1, size[0], size[1], ta);
        INDArray b = matrix(2, size[1], size[2], tb);
        View out = View.in(order, floats(3, size[0], size[2]));
        double around = out.around();
        INDArray before = accumulate ? out.matrix() : out.matrix().mul(0);
        INDArray expected = expected(a, ta, b, tb, before);
        provider.multiply(View.in(order, a).matrix(), ta, View.in(order, b).matrix(), tb, out.matrix(), accumulate);
        String what = provider.name() + " " + List.of(size[0], size[1], size[2]) + (ta ? " T" : " N") + (tb ? "T" : "N")
                + (accumulate ? " +=" : " =") + " order " + order;
        assertWithin(expected, out.matrix(), 1e-6 * (4 + size[1]), what);
        assertEquals(around, out.around(), 1e-3, what + ": what lies around it");
    }

    @ParameterizedTest
    @EnumSource(GemmLibrary.class)
    @DisplayName(
            "products of every size, transposed or not, of views in either order, and added up, are the sums in double")
    void isTheSumInDouble(GemmLibrary library) {
        GemmProvider provider = open(library);
        for (int[] size : SIZES) {
            for (int bits = 0; bits < 16; bits++) {
                check(provider, size, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0 ? 'f' : 'c');
            }
        }
    }

    @ParameterizedTest
    @EnumSource(GemmLibrary.class)
    @DisplayName("what a library does not take comes out as of ND4J's op: DOUBLE, rank 3, gaps between columns")
    void theRestIsNd4js(GemmLibrary library) {
        GemmProvider provider = open(library);
        GemmProvider nd4j = GemmLibrary.ND4J.open();
        INDArray gaps = floats(1, 6, 14).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 14));
        for (INDArray a : List.of(TestArrays.doubles(1, 6, 7), floats(1, 2, 6, 7), gaps)) {
            INDArray b = a.rank() == 3 ? floats(2, 2, 7, 5) : floats(2, 7, 5).castTo(a.dataType());
            long[] shape = a.rank() == 3 ? new long[] {2, 6, 5} : new long[] {6, 5};
            INDArray one = Nd4j.create(a.dataType(), shape);
            INDArray other = Nd4j.create(a.dataType(), shape);
            provider.multiply(a, false, b, false, one, false);
            nd4j.multiply(a, false, b, false, other, false);
            assertBits(other, one, provider.name() + " of rank " + a.rank() + ", " + a.dataType());
        }
    }

    @ParameterizedTest
    @EnumSource(GemmLibrary.class)
    @DisplayName("matrices that do not fit are refused, before any memory is touched")
    void whatDoesNotFitIsRefused(GemmLibrary library) {
        GemmProvider provider = open(library);
        INDArray x = floats(1, 4, 6);
        INDArray out = TestArrays.blank(DataType.FLOAT, 4, 5);
        assertThrows(
                RuntimeException.class, () -> provider.multiply(x, false, floats(2, 7, 5), false, out, false), "terms");
        assertThrows(
                RuntimeException.class, () -> provider.multiply(x, true, floats(2, 6, 5), false, out, false), "rows");
        assertBits(TestArrays.blank(DataType.FLOAT, 4, 5), out, "what was there");
    }

    @ParameterizedTest
    @EnumSource(GemmLibrary.class)
    @DisplayName("the same matrices give the same bits, call after call")
    void repeatsItsBits(GemmLibrary library) {
        GemmProvider provider = open(library);
        for (int[] size : new int[][] {{197, 768, 96}, {64, 384, 1152}, {3, 5, 7}}) {
            for (int bits = 0; bits < 4; bits++) {
                boolean ta = (bits & 1) > 0;
                boolean tb = (bits & 2) > 0;
                INDArray a = matrix(1, size[0], size[1], ta);
                INDArray b = matrix(2, size[1], size[2], tb);
                INDArray first = Nd4j.create(DataType.FLOAT, size[0], size[2]);
                provider.multiply(a, ta, b, tb, first, false);
                for (int run = 0; run < 5; run++) {
                    INDArray again = Nd4j.create(DataType.FLOAT, size[0], size[2]);
                    provider.multiply(a.dup('c'), ta, b.dup('c'), tb, again, false);
                    assertBits(first, again, provider.name() + " run " + run);
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("MKL works with the threads of the other kernels")
    void mklHasTheThreadsOfTheOthers() {
        open(GemmLibrary.MKL);
        assumeTrue(KernelChoice.isNative(), "no native kernels here");
        int before = org.bytedeco.mkl.global.mkl_rt.MKL_Get_Max_Threads();
        assertEquals(Nd4j.getEnvironment().maxThreads(), before);
        NativeRuntime.setThreads(1);
        try {
            assertEquals(1, org.bytedeco.mkl.global.mkl_rt.MKL_Get_Max_Threads());
        } finally {
            NativeRuntime.setThreads(before);
        }
    }

    @ParameterizedTest
    @EnumSource(GemmLibrary.class)
    @DisplayName("its name begins with the word that asks for it")
    void namesItself(GemmLibrary library) {
        assertTrue(
                open(library).name().matches(library.word() + "( \\d+(\\.\\d+)+)?"),
                open(library).name());
    }
}
