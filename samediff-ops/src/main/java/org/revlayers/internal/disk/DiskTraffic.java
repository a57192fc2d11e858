package org.revlayers.internal.disk;

/**
 * Bytes that have really gone to a disk and come back, in whole blocks.
 *
 * @param written to the file
 * @param read    from it
 */
public record DiskTraffic(long written, long read) {

    /** Of a disk that nothing was stored on. */
    public static final DiskTraffic NONE = new DiskTraffic(0, 0);

    /** What has come since. */
    public DiskTraffic since(DiskTraffic before) {
        return new DiskTraffic(written - before.written, read - before.read);
    }
}
