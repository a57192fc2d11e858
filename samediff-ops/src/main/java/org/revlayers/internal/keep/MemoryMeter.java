package org.revlayers.internal.keep;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.disk.Disk;
import org.revlayers.internal.disk.DiskTraffic;
import org.revlayers.internal.memory.Arena;
import org.revlayers.internal.memory.ProcessMemory;
import org.revlayers.memory.MemoryReport;

/**
 * Collects what a training step keeps for backward and the most that lives at once. The numbers are exact and repeatable: they come from
 * who owns the memory (what layers keep, {@link Arena}, ND4J's workspaces), not from the operating system, whose
 * figure stands beside them.
 *
 * <p>DL4J networks: attach {@code MemoryListener}, which feeds a meter. SameDiff: the trainer
 * of this library has a report of its own.
 *
 * <p>Not counted in the peak: arrays that a stock layer makes outside every workspace; the process's peak has them.
 */
public final class MemoryMeter {

    private final List<MemoryReport.Row> rows = new ArrayList<>();
    private long peakBytes;
    private DiskTraffic before = DiskTraffic.NONE;
    private DiskTraffic traffic = DiskTraffic.NONE;
    private Disk disk;

    /** Forgets the kept tensors of the step before. */
    public void beginForward() {
        rows.clear();
    }

    /** Notes one tensor that is kept when the forward pass has ended. */
    public void kept(MemoryReport.Row row) {
        rows.add(row);
    }

    /** Starts counting the peak of a phase on the calling thread. */
    public void beginPhase() {
        Arena.current().resetPeak();
        disk = Disk.current();
        before = disk.traffic();
    }

    /** Ends the phase: its peak is the arena's, the buffers between it and a disk, and the sizes of the calling thread's workspaces. */
    public void endPhase() {
        Disk now = Disk.current();
        peakBytes = Arena.current().peakLiveBytes() + now.heldBytes() + workspaceBytes();
        traffic = now.traffic()
                .since(now == disk ? before : DiskTraffic.NONE); // a listener may be made on another thread
    }

    /** Size of all workspaces of the calling thread. */
    public static long workspaceBytes() {
        return Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
                .mapToLong(MemoryWorkspace::getCurrentSize)
                .sum();
    }

    /** The latest step: print it for a table, or take its JSON. */
    public MemoryReport report() {
        return new MemoryReport(List.copyOf(rows), peakBytes, ProcessMemory.peakBytes(), traffic.written());
    }
}
