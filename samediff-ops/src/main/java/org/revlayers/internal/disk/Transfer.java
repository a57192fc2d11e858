package org.revlayers.internal.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.kernel.device.Device;
import org.revlayers.internal.kernel.device.Devices;

/**
 * The way between arrays and a file: one background thread that does all writing and reading in the order in which it was asked for, so that what is read
 * was written. A device's arrays are written by the thread that asks, before it goes on. Errors are the {@link Stored}'s; whoever waits for it throws them.
 */
@Slf4j
@RequiredArgsConstructor
final class Transfer {

    /** Left free on the disk. */
    private static final long MARGIN = 64L << 20;

    private final BlockFile.Opener opener;

    /** That arrays live on, which asks for a file in memory; null for host memory. */
    private final Device device;

    private final ThreadPoolExecutor worker = worker();

    private BlockFile file;
    private Staging staging;
    private volatile Stored failed;
    private volatile long written;
    private volatile long read;

    private static ThreadPoolExecutor worker() {
        ThreadPoolExecutor worker = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> Devices.thread(work, "revlayers offload"));
        worker.allowCoreThreadTimeOut(true);
        return worker;
    }

    boolean isOpen() {
        return file != null;
    }

    void open() {
        file = opener.open();
        staging = device == null ? new Staging() : null;
    }

    /** Frees the file's room and the buffers, unless something is on its way; whether it has. */
    boolean close() {
        if (file == null || worker.getActiveCount() > 0 || !worker.getQueue().isEmpty()) {
            return false;
        }
        try {
            file.close();
        } catch (IOException e) {
            log.warn("The file of offloaded arrays in {} could not be closed: {}", file, e.toString());
        }
        file = null;
        staging = null;
        return true;
    }

    DiskTraffic traffic() {
        return new DiskTraffic(written, read);
    }

    /** Throws unless a file of so many bytes may grow by so many. */
    void requireSpace(long bytes, long growth) {
        long free;
        try {
            free = growth == 0 ? Long.MAX_VALUE : file.usableBytes();
        } catch (IOException e) {
            throw wrong("cannot be asked for room", e);
        }
        if (free < growth + MARGIN) {
            throw wrong(
                    "needs more room: " + bytes + " bytes are there, " + growth + " more and a margin of " + MARGIN
                            + " are needed, and " + free + " are free",
                    new IOException("No space left on device"));
        }
    }

    /** Has an array written; it may be written over afterwards. Waits for a buffer. */
    void write(Stored stored, INDArray array) {
        if (device != null) {
            writeThere(stored, array);
            return;
        }
        for (long from = 0; from < stored.bytes; from += Staging.BYTES) {
            throwFailure(failed);
            int part = (int) Math.min(Staging.BYTES, stored.bytes - from);
            ByteBuffer buffer = staging.take();
            staging.fill(buffer, array, from, part);
            long place = stored.at + from;
            worker.execute(() -> write(stored, buffer, place));
        }
    }

    /** The device copies to the file's memory itself. */
    private void writeThere(Stored stored, INDArray array) {
        try {
            windows(stored, (from, window) -> {
                device.read(array, from, window);
                written += BlockFile.whole(window.limit());
            });
        } catch (OutOfMemoryError e) {
            throw wrong("failed (" + e.getMessage() + ")", new IOException(e));
        }
    }

    /** From where in the array a part of the file's memory is, and that part. */
    @FunctionalInterface
    private interface Part {
        void copy(long from, ByteBuffer window);
    }

    private void windows(Stored stored, Part part) {
        for (long from = 0; from < stored.bytes; ) {
            ByteBuffer window = file.window(stored.at + from, stored.bytes - from);
            part.copy(from, window);
            from += window.limit();
        }
    }

    private void write(Stored stored, ByteBuffer buffer, long place) {
        try {
            if (!stored.dropped && stored.failure == null) {
                int bytes = buffer.remaining();
                file.write(buffer, place);
                written += bytes;
            }
        } catch (Throwable e) { // what was not written must not be read
            fail(stored, e);
        } finally {
            staging.give(buffer);
        }
    }

    private void fail(Stored stored, Throwable e) {
        stored.failure = e instanceof IOException io ? io : new IOException(e);
        if (!stored.dropped) {
            failed = stored;
        }
    }

    /** Has an array read. */
    void read(Stored stored, INDArray to) {
        worker.execute(() -> {
            try {
                if (device != null) {
                    windows(stored, (from, window) -> {
                        device.write(to, from, window);
                        read += BlockFile.whole(window.limit());
                    });
                } else {
                    throughBuffer(stored, to);
                }
            } catch (Throwable e) { // nor what was not read be used
                fail(stored, e);
            } finally {
                stored.read.countDown();
            }
        });
    }

    private void throughBuffer(Stored stored, INDArray to) throws IOException {
        for (long from = 0; from < stored.bytes && stored.failure == null; from += Staging.BYTES) {
            int part = (int) Math.min(Staging.BYTES, stored.bytes - from);
            ByteBuffer buffer = staging.reads().clear();
            buffer.limit((int) BlockFile.whole(part));
            file.read(buffer, stored.at + from);
            read += buffer.limit();
            staging.empty(buffer, to, from, part);
        }
    }

    /** Waits until all that was asked for is done. */
    void flush() {
        CompletableFuture.runAsync(() -> {}, worker).join();
    }

    /** Throws what went wrong with an array, or with any that somebody still wants if it is null. */
    void throwFailure(Stored stored) {
        Stored wrong = stored == null ? failed : stored;
        if (wrong != null && !wrong.dropped && wrong.failure != null) {
            throw wrong("failed (" + wrong.failure.getMessage() + ")", wrong.failure);
        }
    }

    private UncheckedIOException wrong(String what, IOException cause) {
        return new UncheckedIOException(
                "offloading to " + file + " " + what + ": " + file.remedy()
                        + ". The step is lost; parameters and updater state are as before it",
                cause);
    }
}
