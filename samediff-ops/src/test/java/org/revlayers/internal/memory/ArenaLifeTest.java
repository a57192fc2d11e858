package org.revlayers.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.revlayers.FreshJvm;
import org.revlayers.internal.kernel.device.Devices;

/** Memory of an arena lives as long as somebody can read it, and no longer than somebody may want it. */
class ArenaLifeTest {

    private static final long ELEMENTS = 5_000_000;

    private static void collect() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(50);
        }
    }

    /** Reads arrays and views whose arenas' threads have ended. */
    static final class Reader {
        public static void main(String[] args) throws Exception {
            List<INDArray> arrays = new ArrayList<>();
            Thread thread = new Thread(() -> {
                arrays.add(Arena.current().take(DataType.FLOAT, ELEMENTS).assign(3));
                arrays.add(Arena.current()
                        .take(DataType.FLOAT, 2, ELEMENTS)
                        .assign(3)
                        .getRow(1));
                arrays.add(Arena.current()
                        .take(DataType.FLOAT, ELEMENTS)
                        .assign(3)
                        .get(NDArrayIndex.interval(ELEMENTS / 2, ELEMENTS)));
            });
            thread.start();
            thread.join();
            collect();
            for (INDArray array : arrays) {
                System.out.println(array.sumNumber().doubleValue() / array.length());
            }
        }
    }

    @Test
    void anArrayKeepsItsMemoryWhenTheThreadOfItsArenaHasEnded() throws Exception {
        FreshJvm.Result result = new FreshJvm(Map.of(), "-Xmx512m").run(Reader.class);
        assertEquals(0, result.exit(), result.output());
        String said = Devices.current() == null ? result.output() : result.printed(); // JavaCPP warns of CUDA's version
        assertEquals(List.of("3.0", "3.0", "3.0"), said.lines().toList());
    }

    /** Eight threads of a pool, 20 MB each, of which nothing is in use any more. */
    @Test
    void idleMemoryOfWaitingThreadsGoesBackWhenAskedFor() throws Exception {
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CyclicBarrier together = new CyclicBarrier(threads);
        List<Future<Arena>> arenas = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            arenas.add(pool.submit(() -> {
                together.await();
                Arena arena = Arena.current();
                arena.give(arena.take(DataType.FLOAT, ELEMENTS));
                return arena;
            }));
        }
        for (Future<Arena> arena : arenas) {
            assertEquals(ELEMENTS * Float.BYTES, arena.get().idleBytes(), "before");
        }
        Arena.trimAll();
        for (Future<Arena> arena : arenas) {
            assertEquals(0, arena.get().idleBytes(), "after");
        }
        pool.shutdown();
    }

    @Test
    void whatNobodyHasTakenForAWhileGoesBackByItself() throws Exception {
        Arena arena = Arena.current();
        arena.give(arena.take(DataType.FLOAT, ELEMENTS));
        long end = System.nanoTime() + 15_000_000_000L; // the mend: a property shortens the wait
        while (arena.idleBytes() > 0 && System.nanoTime() < end) {
            Thread.sleep(100);
        }
        assertTrue(arena.idleBytes() == 0, arena.idleBytes() + " bytes wait");
    }

    @Test
    void anArrayThatDoesNotFitTakesWhatWaitsAndChangesNothingElse() {
        Pool pool = new Pool(highest -> 0, 1);
        OffHeapArray kept = pool.take(DataType.FLOAT, 1000);
        pool.give(pool.take(DataType.FLOAT, 1000));
        assertThrows(OutOfMemoryError.class, () -> pool.take(DataType.FLOAT, 1L << 50));
        assertEquals(0, pool.idleBytes(), "freed to make room");
        assertEquals(4000, pool.liveBytes());
        assertEquals(8000, pool.peakLiveBytes());
        pool.give(kept);
        pool.give(pool.take(DataType.FLOAT, 1500));
        pool.free(pool.take(DataType.FLOAT, 1800));
        assertEquals(0, pool.idleBytes(), "no more waits than before");
    }

    /** As a network that threw in a step and is gone: nobody can give back what it kept. */
    @Test
    void whatNobodyCanGiveBackIsNotCounted() throws Exception {
        Arena arena = Arena.current();
        long before = arena.liveBytes();
        INDArray held = arena.take(DataType.FLOAT, ELEMENTS).assign(3);
        INDArray view = arena.take(DataType.FLOAT, 2, ELEMENTS).assign(4).getRow(1);
        arena.take(DataType.FLOAT, ELEMENTS);
        collect();
        assertEquals(ELEMENTS * Float.BYTES, arena.liveBytes() - before);
        arena.resetPeak();
        INDArray next = arena.take(DataType.FLOAT, 2, ELEMENTS).assign(5);
        assertEquals(3 * ELEMENTS * Float.BYTES, arena.peakLiveBytes() - before);
        assertEquals(3, held.meanNumber().doubleValue());
        assertEquals(4, view.meanNumber().doubleValue(), "what somebody can still read is nobody else's");
        arena.give(next);
        arena.give(held);
        assertThrows(IllegalStateException.class, () -> arena.give(held));
        arena.trim();
    }

    @Test
    void whoCountsApartCountsItsOwnAlone() {
        Arena arena = Arena.current();
        INDArray held = arena.take(DataType.FLOAT, ELEMENTS);
        try (Arena.Apart apart = Arena.apart()) {
            Arena own = Arena.current();
            assertEquals(0, own.liveBytes());
            own.give(own.take(DataType.FLOAT, 10));
            assertEquals(40, own.peakLiveBytes());
            arena.give(held);
        }
        assertTrue(Arena.current() == arena, "the thread's again");
        arena.trim();
    }
}
