package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.memory.IdleWorkspaces;

/**
 * Where DL4J's own code puts its arrays when a container calls it: one workspace per thread, open for a single call, so that no temporary
 * outlives it or waits for the garbage collector. It grows to what the largest call needs and stays, as DL4J's workspaces do.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class ForeignMemory {

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

    /** Sends every array to the workspace, those of the turns of a recurrent layer's loop to one that is reset each turn. */
    static LayerWorkspaceMgr manager() {
        return LayerWorkspaceMgr.builder()
                .with(ArrayType.RNN_FF_LOOP_WORKING_MEM, LOOP_NAME, CONFIGURATION)
                .with(ArrayType.RNN_BP_LOOP_WORKING_MEM, LOOP_NAME, CONFIGURATION)
                .defaultWorkspace(NAME, CONFIGURATION)
                .build();
    }

    /** Opens the workspace; what was created in it is gone when it closes. A container inside DL4J's code inside a container finds it open. */
    static MemoryWorkspace open() {
        if (Nd4j.getWorkspaceManager().checkIfWorkspaceExistsAndActive(NAME)) {
            return Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
        }
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(CONFIGURATION, NAME);
    }
}
