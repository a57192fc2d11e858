package org.revlayers.internal.kernel.linear;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How long libraries take for products of the sizes of MiniLM and of a Vision Transformer: forward, and backward to input and weight, all of them in turn, so that
 * whatever else the machine does meets them alike. Well under a second, on arrays of a few megabytes.
 */
final class GemmMeter {

    /** Rows, inputs, outputs. */
    private static final int[][] SIZES = {{512, 384, 1536}, {394, 768, 768}};

    private static final int ROUNDS = 15;
    private static final int LEAST = 3;
    private static final long ENOUGH_NANOS = 500_000_000;

    private GemmMeter() {}

    /** A product whose arrays are there. */
    private record Case(INDArray a, boolean ta, INDArray b, boolean tb, INDArray out, INDArray bias) {

        /** With a kernel of ours behind it, as in a layer: threads that another pool has may stand in its way. */
        private long nanos(GemmProvider provider) {
            long start = System.nanoTime();
            provider.multiply(a, ta, b, tb, out, false);
            LinearKernels.get().addBias(out, bias);
            return System.nanoTime() - start;
        }
    }

    /** The time of each over ND4J's: the geometric mean over products of medians over rounds. */
    static Map<GemmLibrary, Double> overNd4j(Map<GemmLibrary, GemmProvider> providers) {
        Map<GemmLibrary, Double> logs = new EnumMap<>(GemmLibrary.class);
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Case[] cases =
                    Arrays.stream(SIZES).flatMap(s -> Arrays.stream(cases(s))).toArray(Case[]::new);
            double[][] medians = medians(cases, providers.values().toArray(GemmProvider[]::new));
            int nd4j = providers.keySet().stream().toList().indexOf(GemmLibrary.ND4J);
            int at = 0;
            for (GemmLibrary library : providers.keySet()) {
                double[] times = medians[at++];
                double sum = 0;
                for (int c = 0; c < cases.length; c++) {
                    sum += Math.log(times[c] / medians[nd4j][c]);
                }
                logs.put(library, Math.exp(sum / cases.length));
            }
        }
        return logs;
    }

    private static double[][] medians(Case[] cases, GemmProvider[] providers) {
        long[][][] nanos = new long[providers.length][cases.length][ROUNDS];
        int rounds = 0;
        long begin = 0;
        for (int round = -1; round < ROUNDS; round++) { // the first warms up
            if (round == 0) {
                begin = System.nanoTime();
            } else if (round >= LEAST && System.nanoTime() - begin > ENOUGH_NANOS) {
                break;
            }
            for (int c = 0; c < cases.length; c++) {
                for (int p = 0; p < providers.length; p++) {
                    nanos[p][c][Math.max(round, 0)] = cases[c].nanos(providers[p]);
                }
            }
            rounds = round + 1;
        }
        double[][] medians = new double[providers.length][cases.length];
        for (int p = 0; p < providers.length; p++) {
            for (int c = 0; c < cases.length; c++) {
                long[] sorted = Arrays.copyOf(nanos[p][c], rounds);
                Arrays.sort(sorted);
                medians[p][c] = sorted[rounds / 2];
            }
        }
        return medians;
    }

    private static Case[] cases(int[] size) {
        INDArray x = numbers(size[0], size[1]);
        INDArray weight = numbers(size[1], size[2]);
        INDArray dy = numbers(size[0], size[2]);
        return new Case[] {
            new Case(x, false, weight, false, numbers(size[0], size[2]), numbers(1, size[2])),
            new Case(dy, false, weight, true, numbers(size[0], size[1]), numbers(1, size[1])),
            new Case(x, true, dy, false, numbers(size[1], size[2]), numbers(1, size[2]))
        };
    }

    /** Not ND4J's random numbers: those are the program's. */
    private static INDArray numbers(int rows, int columns) {
        Random random = new Random(rows);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return Nd4j.createFromArray(values).reshape(rows, columns);
    }
}
