package org.revlayers.listeners;

import java.io.Serializable;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where the members of a group wait for each other, round after round. Nobody waits longer than the patience behind the first of a round: then the round
 * is over, for all of it, and whoever comes late begins the next.
 */
final class Meeting implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final class Round implements Serializable {
        private static final long serialVersionUID = 1L;

        private final BitSet here = new BitSet();
        private boolean over;
    }

    private final int members;
    private final Duration patience;
    private final HashMap<String, Round> rounds = new HashMap<>();

    Meeting(int members, Duration patience) {
        this.members = members;
        this.patience = patience;
    }

    int members() {
        return members;
    }

    Duration patience() {
        return patience;
    }

    /**
     * Waits for all members of a group.
     *
     * @param member from 0 to below the number of members
     * @return how many were there when the round was over
     */
    synchronized int meet(String group, int member) throws InterruptedException {
        Round round = round(rounds, group, member);
        round.here.set(member);
        if (round.here.cardinality() == members) {
            end(round);
        }
        long end = System.nanoTime() + patience.toNanos();
        while (!round.over) {
            long left = end - System.nanoTime();
            if (left > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } else {
                end(round);
            }
        }
        return round.here.cardinality();
    }

    /** The one that runs, unless the member is in it already. */
    private static Round round(Map<String, Round> rounds, String group, int member) {
        Round running = rounds.get(group);
        if (running == null || running.over || running.here.get(member)) {
            running = new Round();
            rounds.put(group, running);
        }
        return running;
    }

    private void end(Round round) {
        round.over = true;
        notifyAll();
    }
}
