package org.revlayers.internal.disk;

import java.util.Map;
import java.util.TreeMap;

/**
 * The parts of a file: the first one that is large enough is taken, what is given back joins its neighbours. After a step all is one part again, so that
 * equal steps find equal places, and the file grows in the first of them alone.
 */
final class Regions {

    /** Free lengths by where they begin. */
    private final TreeMap<Long, Long> free = new TreeMap<>();

    private long end;

    /** Where so many bytes go. */
    long take(long bytes) {
        for (Map.Entry<Long, Long> part : free.entrySet()) {
            long at = part.getKey();
            long length = part.getValue();
            if (length >= bytes) {
                free.remove(at);
                if (length > bytes) {
                    free.put(at + bytes, length - bytes);
                }
                return at;
            }
        }
        Map.Entry<Long, Long> last = free.lastEntry();
        boolean grows = last != null && last.getKey() + last.getValue() == end;
        long at = grows ? last.getKey() : end;
        free.remove(at);
        end = at + bytes;
        return at;
    }

    /** Bytes that the file has to grow by for so many more. */
    long growth(long bytes) {
        if (free.values().stream().anyMatch(length -> length >= bytes)) {
            return 0;
        }
        Map.Entry<Long, Long> last = free.lastEntry();
        return last != null && last.getKey() + last.getValue() == end ? bytes - last.getValue() : bytes;
    }

    void give(long at, long bytes) {
        long from = at;
        long length = bytes;
        Map.Entry<Long, Long> before = free.lowerEntry(at);
        if (before != null && before.getKey() + before.getValue() == at) {
            from = before.getKey();
            length += before.getValue();
        }
        Long behind = free.remove(at + bytes);
        free.put(from, length + (behind == null ? 0 : behind));
    }

    /** Bytes of the file. */
    long end() {
        return end;
    }
}
