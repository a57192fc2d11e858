package org.revlayers.internal.plan;

/**
 * The labels of one node from those behind its edges. Every edge gives a list of labels that is sorted already: peaks max(q, s + R) rise, costs fall.
 * A heap of these lists, smallest peak first, gives the union in order; what is not cheaper than all before it is never looked at, as its list is
 * searched for the next that is.
 *
 * <p>O(labels that stay · log(edges)·log(labels)) where lists lie apart, rather than O(edges · labels).
 */
final class LabelMerge {

    private final Edges edges;
    private final Labels[] behind;
    private final Labels result = new Labels();

    /** Of each edge: the label behind it that is next, and its peak, nanoseconds, departures and changes with the edge. */
    private final int[] at;

    private final long[] peak;
    private final long[] nanos;
    private final long[] departures;
    private final int[] changes;

    private final int[] heap;
    private int heapSize;

    private LabelMerge(Edges edges, Labels[] behind) {
        this.edges = edges;
        this.behind = behind;
        int n = edges.to.length;
        at = new int[n];
        peak = new long[n];
        nanos = new long[n];
        departures = new long[n];
        changes = new int[n];
        heap = new int[n];
    }

    /**
     * The labels of a node.
     *
     * @param behind the labels of all nodes, by their number; those of the nodes that edges lead to are there
     */
    static Labels of(Edges edges, Labels[] behind) {
        return new LabelMerge(edges, behind).run();
    }

    private Labels run() {
        for (int e = 0; e < at.length; e++) {
            Labels list = behind[edges.to[e]];
            if (list.size > 0) {
                look(e, Math.max(0, list.lastWithin(edges.peak[e] - edges.kept[e])));
                heap[heapSize++] = e;
            }
        }
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            sink(i);
        }
        long bestNanos = Long.MAX_VALUE;
        long bestDepartures = Long.MAX_VALUE;
        while (heapSize > 0) {
            int e = heap[0];
            if (nanos[e] < bestNanos || nanos[e] == bestNanos && departures[e] < bestDepartures) {
                bestNanos = nanos[e];
                bestDepartures = departures[e];
                take(e);
            }
            Labels list = behind[edges.to[e]];
            int next = list.firstCheaper(at[e], bestNanos - edges.nanos[e], bestDepartures - edges.departures[e]);
            if (next < list.size) {
                look(e, next);
            } else {
                heap[0] = heap[--heapSize];
            }
            sink(0);
        }
        return result;
    }

    /** Sums cannot overflow: the problem has checked the largest. */
    private void look(int e, int label) {
        Labels list = behind[edges.to[e]];
        at[e] = label;
        peak[e] = Math.max(edges.peak[e], edges.kept[e] + list.peak[label]);
        nanos[e] = edges.nanos[e] + list.nanos[label];
        departures[e] = edges.departures[e] + list.departures[label];
        boolean change = list.method[label] >= 0 && list.method[label] != edges.method[e];
        changes[e] = list.changes[label] + (change ? 1 : 0);
    }

    private void take(int e) {
        int label = result.append();
        result.peak[label] = peak[e];
        result.nanos[label] = nanos[e];
        result.departures[label] = departures[e];
        result.changes[label] = changes[e];
        result.method[label] = edges.method[e];
        result.edge[label] = e;
        result.next[label] = at[e];
    }

    private void sink(int from) {
        int place = from;
        while (true) {
            int child = 2 * place + 1;
            if (child >= heapSize) {
                return;
            }
            if (child + 1 < heapSize && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], heap[place])) {
                return;
            }
            int other = heap[place];
            heap[place] = heap[child];
            heap[child] = other;
            place = child;
        }
    }

    /** By peak, then cost, then changes of method, then the order in which edges were given. */
    private boolean before(int a, int b) {
        if (peak[a] != peak[b]) {
            return peak[a] < peak[b];
        }
        if (nanos[a] != nanos[b]) {
            return nanos[a] < nanos[b];
        }
        if (departures[a] != departures[b]) {
            return departures[a] < departures[b];
        }
        return changes[a] != changes[b] ? changes[a] < changes[b] : a < b;
    }
}
