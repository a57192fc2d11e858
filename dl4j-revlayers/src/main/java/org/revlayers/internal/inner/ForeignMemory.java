package org.revlayers.internal.inner;

import java.util.BitSet;
import java.util.function.Supplier;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.memory.MemoryManager;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.MemoryWorkspaceManager;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Devices;
import org.revlayers.internal.memory.ArenaWorkspace;
import org.revlayers.internal.memory.IdleWorkspaces;

/**
 * Where DL4J's own code puts its arrays when a container calls it: a workspace that is open for a single call, or from a forward to the
 * backward that follows at once, so that no temporary outlives it or waits for the garbage collector. A thread has as many as were ever open at a time. On the CPU
 * they hold nothing while closed ({@link ArenaWorkspace}); on a device each grows to what the largest call in it needs and stays, as DL4J's workspaces do, and
 * as that of a recurrent layer's loop does.
 */
final class ForeignMemory implements AutoCloseable {

    private static final String NAME = IdleWorkspaces.FOREIGN;
    private static final String LOOP_NAME = IdleWorkspaces.FOREIGN + "_LOOP";

    private static final WorkspaceConfiguration CONFIGURATION = WorkspaceConfiguration.builder()
            .initialSize(0)
            .overallocationLimit(0.02)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policyReset(ResetPolicy.BLOCK_LEFT)
            .policySpill(SpillPolicy.REALLOCATE)
            .policyAllocation(AllocationPolicy.OVERALLOCATE)
            .build();

    private static final ThreadLocal<BitSet> TAKEN = ThreadLocal.withInitial(BitSet::new);

    private final int place;
    private final MemoryWorkspace workspace;

    /** Opens one that no other call of the thread has open. */
    ForeignMemory() {
        place = TAKEN.get().nextClearBit(0);
        workspace = aside(() -> named(NAME + suffix(place)).notifyScopeEntered());
        TAKEN.get().set(place);
    }

    /** Whether one that stays open costs no more than what is in it. */
    static boolean mayStay() {
        return Devices.current() == null;
    }

    private static MemoryWorkspace named(String name) {
        MemoryWorkspaceManager all = Nd4j.getWorkspaceManager();
        if (mayStay() && !all.checkIfWorkspaceExists(name)) {
            all.setWorkspaceForCurrentThread(new ArenaWorkspace(name), name);
        }
        return all.getWorkspaceForCurrentThread(CONFIGURATION, name);
    }

    /** Runs code whose arrays nobody reads behind it. */
    static void with(Runnable work) {
        try (ForeignMemory memory = new ForeignMemory()) {
            memory.run(work);
        }
    }

    private static String suffix(int place) {
        return place == 0 ? "" : "_" + place;
    }

    /** The current workspace is the same again behind it. */
    private static <T> T aside(Supplier<T> work) {
        MemoryManager manager = Nd4j.getMemoryManager();
        MemoryWorkspace before = manager.getCurrentWorkspace();
        try {
            return work.get();
        } finally {
            manager.setCurrentWorkspace(before);
        }
    }

    /** Which of the thread's it is. */
    int place() {
        return place;
    }

    /** Sends every array to the workspace of that place, those of the turns of a recurrent layer's loop to one that is reset each turn. */
    static LayerWorkspaceMgr manager(int place) {
        return LayerWorkspaceMgr.builder()
                .with(ArrayType.RNN_FF_LOOP_WORKING_MEM, LOOP_NAME, CONFIGURATION)
                .with(ArrayType.RNN_BP_LOOP_WORKING_MEM, LOOP_NAME, CONFIGURATION)
                .defaultWorkspace(NAME + suffix(place), CONFIGURATION)
                .build();
    }

    /** Runs code whose arrays go there. */
    void run(Runnable work) {
        aside(() -> {
            Nd4j.getMemoryManager().setCurrentWorkspace(workspace);
            work.run();
            return null;
        });
    }

    /** What was created in it is gone. */
    @Override
    public void close() {
        try {
            aside(() -> {
                workspace.close();
                return null;
            });
        } finally {
            TAKEN.get().clear(place);
        }
    }
}
