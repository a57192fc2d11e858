package org.revlayers.internal.disk;

/**
 * Bytes that have really gone to a disk and come back, in whole blocks.
 *
 * @param written to the file
 * @param read    from it
 */
public record DiskTraffic(long written, long read) {

    /** What has come since. */
    public DiskTraffic since(DiskTraffic before) {
        return new DiskTraffic(written - before.written, read - before.read);
    }
}
