package org.revlayers.listeners;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for whom, and for how long. */
@Timeout(60)
class MeetingTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private Future<Integer> member(Meeting meeting, String group, int number) {
        return threads.submit(() -> meeting.meet(group, number));
    }

    private static void waits(Future<Integer> member) {
        assertThrows(TimeoutException.class, () -> member.get(200, TimeUnit.MILLISECONDS));
        assertFalse(member.isDone());
    }

    @Test
    void nobodyLeavesBeforeTheLastHasCome() throws Exception {
        Meeting meeting = new Meeting(3, LONG);
        Future<Integer> first = member(meeting, "a", 0);
        Future<Integer> second = member(meeting, "a", 2);
        waits(first);
        waits(second);
        assertEquals(3, member(meeting, "a", 1).get());
        assertEquals(List.of(3, 3), List.of(first.get(), second.get()));
    }

    @Test
    void roundAfterRound() throws Exception {
        Meeting meeting = new Meeting(2, LONG);
        for (int round = 0; round < 100; round++) {
            int first = round % 2;
            Future<Integer> one = member(meeting, "a", first);
            if (round % 40 == 0) {
                waits(one);
            }
            assertEquals(2, member(meeting, "a", 1 - first).get());
            assertEquals(2, one.get());
        }
    }

    @Test
    void groupsDoNotWaitForEachOther() throws Exception {
        Meeting meeting = new Meeting(2, LONG);
        Future<Integer> ofA = member(meeting, "a", 0);
        Future<Integer> ofB = member(meeting, "b", 1);
        waits(ofA);
        waits(ofB);
        assertEquals(2, member(meeting, "a", 1).get());
        assertEquals(2, ofA.get());
        assertFalse(ofB.isDone());
        member(meeting, "b", 0).get();
        ofB.get();
    }

    /** One of three stays away: both others go at the end of the first one's patience. */
    @Test
    void patienceEnds() throws Exception {
        Meeting meeting = new Meeting(3, Duration.ofMillis(400));
        long start = System.nanoTime();
        List<Future<Integer>> came = new ArrayList<>(List.of(member(meeting, "a", 0)));
        Thread.sleep(200);
        came.add(member(meeting, "a", 1));
        for (Future<Integer> member : came) {
            assertEquals(2, member.get());
        }
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(400));
    }

    /** A round that ended without a member is over: the late one begins another, in which the first is waited for. */
    @Test
    void aLateOneBeginsTheNextRound() throws Exception {
        Meeting meeting = new Meeting(2, Duration.ofSeconds(2));
        assertEquals(1, member(meeting, "a", 0).get());
        Future<Integer> late = member(meeting, "a", 1);
        waits(late);
        assertEquals(2, member(meeting, "a", 0).get());
        assertEquals(2, late.get());
    }

    @Test
    void aMemberTwiceIsNotTwoMembers() throws Exception {
        Meeting meeting = new Meeting(2, LONG);
        Future<Integer> once = member(meeting, "a", 1);
        waits(once);
        waits(member(meeting, "a", 1));
        assertFalse(once.isDone());
        assertEquals(2, member(meeting, "a", 0).get());
    }

    @Test
    void interruptedItEnds() throws Exception {
        Meeting meeting = new Meeting(2, LONG);
        Thread[] thread = new Thread[1];
        Future<Integer> member = threads.submit(() -> {
            thread[0] = Thread.currentThread();
            return meeting.meet("a", 0);
        });
        waits(member);
        thread[0].interrupt();
        ExecutionException end = assertThrows(ExecutionException.class, member::get);
        assertTrue(end.getCause() instanceof InterruptedException);
    }
}
