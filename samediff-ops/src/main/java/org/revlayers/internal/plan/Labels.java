package org.revlayers.internal.plan;

import java.util.Arrays;

/**
 * What plans from one unit to the end can reach, as arrays: peaks rise, costs (nanoseconds, then departures) fall, both strictly. Each knows the edge by
 * which it begins and which of the labels behind that edge it goes on with.
 */
final class Labels {

    private static final int FIRST_ROOM = 64;

    long[] peak = new long[FIRST_ROOM];
    long[] nanos = new long[FIRST_ROOM];
    long[] departures = new long[FIRST_ROOM];
    /** How often the method changes, and the one that it begins with; −1 at the end. */
    int[] changes = new int[FIRST_ROOM];

    int[] method = new int[FIRST_ROOM];
    int[] edge = new int[FIRST_ROOM];
    int[] next = new int[FIRST_ROOM];
    int size;

    /** Behind the last unit. */
    static Labels end(long headBytes) {
        Labels end = new Labels();
        end.peak[0] = headBytes;
        end.method[0] = -1;
        end.size = 1;
        return end;
    }

    /** Makes room for one more and gives its index. */
    int append() {
        if (size == peak.length) {
            int room = size * 2;
            peak = Arrays.copyOf(peak, room);
            nanos = Arrays.copyOf(nanos, room);
            departures = Arrays.copyOf(departures, room);
            changes = Arrays.copyOf(changes, room);
            method = Arrays.copyOf(method, room);
            edge = Arrays.copyOf(edge, room);
            next = Arrays.copyOf(next, room);
        }
        return size++;
    }

    /** The last with a peak of at most that, −1 if there is none. */
    int lastWithin(long most) {
        int low = -1;
        int high = size;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (peak[middle] <= most) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The first behind a label whose cost is less than this; {@code size} if there is none. Near ones are found fast. */
    int firstCheaper(int behind, long thanNanos, long thanDepartures) {
        int low = behind;
        int stride = 1;
        int high = behind + 1;
        while (high < size && !cheaper(high, thanNanos, thanDepartures)) {
            low = high;
            high += stride;
            stride <<= 1;
        }
        high = Math.min(high, size);
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (cheaper(middle, thanNanos, thanDepartures)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private boolean cheaper(int label, long thanNanos, long thanDepartures) {
        return nanos[label] < thanNanos || nanos[label] == thanNanos && departures[label] < thanDepartures;
    }

    /** Peaks rounded up to a multiple, the least excepted; of those that become equal the last, cheapest one stays. */
    void roundUp(long multiple) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            long rounded = i == 0 ? peak[0] : (peak[i] + multiple - 1) / multiple * multiple;
            if (kept > 0 && peak[kept - 1] == rounded) {
                kept--;
            }
            move(i, kept);
            peak[kept++] = rounded;
        }
        size = kept;
    }

    private void move(int from, int to) {
        peak[to] = peak[from];
        nanos[to] = nanos[from];
        departures[to] = departures[from];
        changes[to] = changes[from];
        method[to] = method[from];
        edge[to] = edge[from];
        next[to] = next[from];
    }
}
