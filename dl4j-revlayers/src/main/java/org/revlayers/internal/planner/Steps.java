package org.revlayers.internal.planner;

import org.deeplearning4j.nn.api.Model;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.backend.SameDiffInternals;
import org.revlayers.internal.disk.Disk;
import org.revlayers.internal.keep.MemoryMeter;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.IdleWorkspaces;
import org.revlayers.training.SameDiffTrainer;

/**
 * Training steps of a network that nobody else needs, until its peak rises no more: DL4J numbers its workspaces for gradients and hands them out in turn, so that
 * it takes some steps until each has the size that the most demanding vertex wants.
 */
final class Steps {

    private static final int MOST = 60;

    /** Begins the names of the workspaces that are handed out in turn. */
    private static final String IN_TURN = "WS_LAYER_ACT_";

    /** Where steps are long, so many seconds are enough: networks of few, large vertices are there soon. */
    private static final double LONG = 60;

    private static final int LEAST = 5;

    /** As {@link #LONG}, of networks where each step takes minutes. */
    private static final double VERY_LONG = 5 * LONG;

    private static final int VERY_LEAST = 2;
    private static final double NANOS = 1e-9;

    /** Of a graph, whose steps are alike. */
    private static final int IN_GRAPHS = 3;

    private Steps() {}

    /** Of a network or a graph, a copy that nobody else has. */
    static Verified.Measured of(Object trained, Batch batch) {
        return trained instanceof SameDiff graph ? of(graph, batch) : of((Model) trained, batch);
    }

    /** The first step is with what happens once. */
    private static Verified.Measured of(SameDiff graph, Batch batch) {
        double seconds = Double.MAX_VALUE;
        try (SameDiffTrainer trainer = new SameDiffTrainer(graph)) {
            trainer.fit(batch.data());
            long peak = trainer.peakBytes();
            for (int step = 1; step < IN_GRAPHS; step++) {
                long start = Devices.nanoTime();
                trainer.fit(batch.data());
                seconds = Math.min(seconds, (Devices.nanoTime() - start) * NANOS);
                peak = Math.max(peak, trainer.peakBytes());
            }
            return new Verified.Measured(peak, seconds);
        } finally {
            SameDiffInternals.free(graph);
        }
    }

    @SuppressWarnings("try") // the arena is used by being there
    private static Verified.Measured of(Model net, Batch batch) {
        IdleWorkspaces.free();
        Arena.current().trim();
        try (Arena.Apart none = Arena.apart()) {
            return alone(net, batch);
        } finally {
            IdleWorkspaces.free();
        }
    }

    private static Verified.Measured alone(Model net, Batch batch) {
        Disk.current().trimUnused(0); // buffers of trainings before
        long begin = Devices.nanoTime();
        long peak = 0;
        double seconds = Double.MAX_VALUE;
        int still = 0;
        for (int step = 0; step < MOST && still < enough(); step++) {
            MemoryMeter meter = new MemoryMeter();
            meter.beginPhase();
            long start = Devices.nanoTime();
            batch.fit(net);
            meter.endPhase();
            long bytes = meter.report().peakBytes();
            if (step == 0) {
                continue; // with what happens once
            }
            seconds = Math.min(seconds, (Devices.nanoTime() - start) * NANOS);
            still = bytes > peak ? 0 : still + 1;
            peak = Math.max(peak, bytes);
            double passed = (Devices.nanoTime() - begin) * NANOS;
            if (step >= LEAST && passed > LONG || step >= VERY_LEAST && passed > VERY_LONG) {
                break;
            }
        }
        return new Verified.Measured(peak, seconds);
    }

    /** Steps without a new peak after which each such workspace has had each turn twice. */
    private static long enough() {
        return 2
                + 2
                        * Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
                                .filter(w -> w.getId().startsWith(IN_TURN))
                                .count();
    }
}
