package org.revlayers;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Back Razor's mask by its definition: sort, threshold, ties by position, zeros never. */
public final class Thinned {

    private Thinned() {}

    /** x where it is kept, else the mean of what is not on its side of 0: above, or not. */
    public static INDArray withMeans(INDArray x, double prune) {
        INDArray zeros = of(x, prune);
        INDArray out = zeros.dup('c');
        long m = x.length() / x.size(0);
        INDArray dense = x.dup('c').reshape(x.size(0), m);
        INDArray kept = zeros.reshape(x.size(0), m);
        for (int s = 0; s < x.size(0); s++) {
            double[] sum = new double[2];
            int[] count = new int[2];
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < m; i++) {
                    double v = dense.getDouble(s, i);
                    int side = v > 0 ? 1 : 0;
                    if (kept.getDouble(s, i) == 0 && pass == 0) {
                        sum[side] += v;
                        count[side]++;
                    } else if (kept.getDouble(s, i) == 0) {
                        out.reshape(x.size(0), m).putScalar(s, i, sum[side] / count[side]);
                    }
                }
            }
        }
        return out;
    }

    /** x where it is kept, else 0. */
    public static INDArray of(INDArray x, double prune) {
        INDArray out = x.dup('c');
        long m = x.length() / x.size(0);
        int k = (int) Math.max(1, Math.min(m, (long) (m * prune)));
        for (int s = 0; s < x.size(0); s++) {
            double[] sample =
                    x.dup('c').reshape(x.size(0), m).getRow(s).dup().data().asDouble();
            double[] sorted = Arrays.stream(sample).map(Math::abs).sorted().toArray();
            double tau = sorted[k - 1];
            long ties = m - k + 1 - Arrays.stream(sorted).filter(v -> v > tau).count();
            for (int i = 0; i < m; i++) {
                boolean keep = Math.abs(sample[i]) > tau || Math.abs(sample[i]) == tau && ties-- > 0;
                out.reshape(x.size(0), m).putScalar(s, i, keep ? sample[i] : 0);
            }
        }
        return out;
    }
}
