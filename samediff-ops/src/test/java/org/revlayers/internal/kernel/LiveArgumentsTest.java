package org.revlayers.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.function.Norm;
import org.revlayers.internal.kernel.attention.AttentionForward;
import org.revlayers.internal.kernel.attention.AttentionKernels;
import org.revlayers.internal.kernel.attention.AttentionShape;
import org.revlayers.internal.kernel.attention.HeadView;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.kernel.norm.NormForward;
import org.revlayers.internal.kernel.norm.NormInput;
import org.revlayers.internal.kernel.norm.NormKernels;

/** A kernel's arrays live until it returns, also where it is their last reader. */
class LiveArgumentsTest {

    @BeforeEach
    void arraysAreInHostMemory() {
        assumeTrue(Devices.current() == null, "about addresses of host memory");
    }

    /** A kernel on an array that nobody else holds, while the collector runs. */
    static final class Collected {
        private static final int DIM = 64;

        private static void once(String kernel, INDArray keys, int rows, INDArray out) {
            if (kernel.equals("norm")) {
                norm(rows, out);
            } else {
                attention(keys, rows, out);
            }
        }

        /** Of ones, which are their own root mean square: twice that. */
        private static void norm(int rows, INDArray out) {
            INDArray gamma = Nd4j.valueArrayOf(new long[] {DIM}, 2.0, DataType.FLOAT);
            NormInput in = NormInput.of(Nd4j.ones(DataType.FLOAT, 1, rows, DIM));
            NormKernels.get()
                    .forward(NormForward.of(Norm.RMS, 1e-6, in, out)
                            .affine(gamma, null)
                            .statistics(null, Nd4j.create(DataType.FLOAT, rows)));
        }

        /** All values are 2, and so is their mean. */
        private static void attention(INDArray keys, int queries, INDArray out) {
            AttentionShape shape = new AttentionShape(1, 1, queries, (int) keys.size(1), DIM, 0.1, false);
            HeadView k = HeadView.ofTokens(keys, DIM);
            HeadView o = HeadView.ofTokens(out, DIM);
            HeadView q = HeadView.ofTokens(Nd4j.ones(DataType.FLOAT, 1, queries, DIM), DIM);
            AttentionKernels.get().forward(AttentionForward.of(shape, q, k, k, o));
        }

        private static INDArray twos(long tokens) {
            return Nd4j.valueArrayOf(new long[] {1, tokens, DIM}, 2.0, DataType.FLOAT);
        }

        public static void main(String[] args) {
            INDArray one = twos(1);
            INDArray small = twos(1);
            for (int i = 0; i < 20_000; i++) { // until it is compiled
                once(args[0], one, 1, small);
            }
            Thread collector = new Thread(() -> {
                while (true) {
                    System.gc();
                }
            });
            collector.setDaemon(true);
            collector.start();
            INDArray keys = twos(20_000);
            int rows = args[0].equals("norm") ? 200_000 : 1500;
            INDArray out = twos(rows);
            for (int i = 0; i < 12; i++) {
                out.assign(0);
                once(args[0], keys, rows, out);
                System.out.println(Math.round(out.minNumber().doubleValue() * 100) + " "
                        + Math.round(out.maxNumber().doubleValue() * 100));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"attention", "norm"})
    void theCollectorTakesNothingFromUnderAKernel(String kernel) throws Exception {
        // With this malloc gives back what is freed, at once.
        Map<String, String> environment = Map.of("OMP_NUM_THREADS", "1", "MALLOC_MMAP_THRESHOLD_", "65536");
        FreshJvm.Result result = new FreshJvm(environment, "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Xbatch")
                .run(Collected.class, kernel);
        assertEquals(0, result.exit(), result.output());
        assertEquals(Collections.nCopies(12, "200 200"), result.output().lines().toList());
    }
}
