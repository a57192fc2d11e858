package org.revlayers.internal.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes that are written and read by whole blocks, as direct I/O asks for: places, lengths and the buffers' addresses are multiples of {@link #BLOCK}. */
interface BlockFile extends Closeable {

    /** Bytes of a block, a multiple of what disks have. */
    int BLOCK = 4096;

    /** Opens one; throws an error that says what to do. */
    @FunctionalInterface
    interface Opener {
        BlockFile open();
    }

    /** Writes all that remains of the buffer. */
    void write(ByteBuffer blocks, long at) throws IOException;

    /** Fills the buffer; what is read was written before. */
    void read(ByteBuffer blocks, long at) throws IOException;

    /**
     * The file's own memory from a place on, as much as lies together of so many bytes: a device copies there and back with no buffer between. Only for files in
     * memory.
     */
    default ByteBuffer window(long at, long bytes) {
        throw new UnsupportedOperationException(this + " is no memory");
    }

    /** Bytes that the file may still grow by. */
    long usableBytes() throws IOException;

    /** What to do when it is full or fails. */
    String remedy();

    /** What messages call it: the folder. */
    @Override
    String toString();

    /** The same number of bytes, rounded up to whole blocks. */
    static long whole(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
