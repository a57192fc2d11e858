package org.revlayers.internal.kernel.attention;

import java.util.Arrays;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.Parallel;
import org.revlayers.internal.kernel.Sizes;
import org.revlayers.internal.kernel.Values;

/** The portable twin: attention, one query row at a time: no more than one row of probabilities exists at once. */
final class JavaAttention implements AttentionKernels {

    @Override
    public void forward(AttentionForward call) {
        AttentionShape shape = call.shape();
        Values logs = Values.of(call.lse());
        Values kept = Values.of(call.probs());
        int dim = shape.dim();
        eachHead(shape, head -> {
            boolean[] shown = head.shown(call.keyMask());
            double[] queries = head.load(call.q(), shape.queries());
            double[] keys = head.load(call.k(), shape.keys());
            double[] values = head.load(call.v(), shape.keys());
            double[] result = new double[queries.length];
            double[] p = new double[shape.keys()];
            for (int i = 0; i < shape.queries(); i++) {
                for (int j = 0; j < p.length; j++) {
                    p[j] = head.sees(i, j, shown)
                            ? shape.scale() * dot(queries, i, keys, j, dim)
                            : Double.NEGATIVE_INFINITY;
                }
                double log = JavaSoftmax.row(p);
                for (int j = 0; j < p.length; j++) {
                    if (head.sees(i, j, shown)) {
                        addTo(result, i, p[j], values, j, dim);
                    }
                }
                if (logs != null) {
                    logs.set(head.row(i), log);
                }
                if (kept != null) {
                    kept.store(head.row(i) * p.length, p);
                }
            }
            head.store(call.out(), result);
        });
    }

    @Override
    public void backward(AttentionBackward call) {
        AttentionForward of = call.forward();
        AttentionShape shape = of.shape();
        Values logs = Values.of(of.lse());
        Values kept = Values.of(of.probs());
        int dim = shape.dim();
        eachHead(shape, head -> {
            boolean[] shown = head.shown(of.keyMask());
            double[] queries = head.load(of.q(), shape.queries());
            double[] keys = head.load(of.k(), shape.keys());
            double[] values = head.load(of.v(), shape.keys());
            double[] result = head.load(of.out(), shape.queries());
            double[] dResult = head.load(call.dOut(), shape.queries());
            double[] dQueries = new double[queries.length];
            double[] dKeys = new double[keys.length];
            double[] dValues = new double[values.length];
            for (int i = 0; i < shape.queries(); i++) {
                double inner = dot(dResult, i, result, i, dim);
                double log = kept != null ? 0 : logs.get(head.row(i));
                for (int j = 0; j < shape.keys(); j++) {
                    if (head.sees(i, j, shown)) {
                        double p = kept != null
                                ? kept.get(head.row(i) * shape.keys() + j)
                                : Math.exp(shape.scale() * dot(queries, i, keys, j, dim) - log);
                        double dS = shape.scale() * p * (dot(dResult, i, values, j, dim) - inner);
                        addTo(dValues, j, p, dResult, i, dim);
                        addTo(dQueries, i, dS, keys, j, dim);
                        addTo(dKeys, j, dS, queries, i, dim);
                    }
                }
            }
            head.store(call.dq(), dQueries);
            head.store(call.dk(), dKeys);
            head.store(call.dv(), dValues);
        });
    }

    @Override
    public void softmax(INDArray x, INDArray y) {
        JavaSoftmax.forward(x, y);
    }

    @Override
    public void softmaxBackward(INDArray y, INDArray dy, INDArray dx) {
        JavaSoftmax.backward(y, dy, dx);
    }

    private static void eachHead(AttentionShape shape, Consumer<Head> body) {
        Parallel.each((long) shape.batch() * shape.heads(), index -> body.accept(new Head(shape, index)));
    }

    private static double dot(double[] a, int i, double[] b, int j, int dim) {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
            sum += a[i * dim + d] * b[j * dim + d];
        }
        return sum;
    }

    private static void addTo(double[] a, int i, double factor, double[] b, int j, int dim) {
        for (int d = 0; d < dim; d++) {
            a[i * dim + d] += factor * b[j * dim + d];
        }
    }

    /** One head of one batch item: number {@code index} of batch × heads. */
    private record Head(AttentionShape shape, long index) {

        /** The place of query i among {@code [batch, heads, queries]}. */
        long row(int i) {
            return index * shape.queries() + i;
        }

        boolean sees(int query, int key, boolean[] shown) {
            return shown[key] && (!shape.causal() || key <= query);
        }

        boolean[] shown(INDArray keyMask) {
            boolean[] shown = new boolean[shape.keys()];
            Arrays.fill(shown, true);
            if (keyMask != null) {
                Values mask = Values.of(keyMask);
                for (int j = 0; j < shown.length; j++) {
                    shown[j] = mask.get(index / shape.heads() * shown.length + j) != 0;
                }
            }
            return shown;
        }

        double[] load(HeadView view, int tokens) {
            Values values = Values.of(view.array());
            double[] all = new double[Sizes.exact("features of a head", (long) tokens * shape.dim())];
            for (int i = 0; i < all.length; i++) {
                all[i] = values.get(place(view, i));
            }
            return all;
        }

        void store(HeadView view, double[] all) {
            Values values = Values.of(view.array());
            for (int i = 0; i < all.length; i++) {
                values.set(place(view, i), all[i]);
            }
        }

        private long place(HeadView view, int i) {
            return view.offset()
                    + index / shape.heads() * view.batchStride()
                    + index % shape.heads() * view.headStride()
                    + i / shape.dim() * view.tokenStride()
                    + i % shape.dim();
        }
    }
}
