package org.revlayers.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.MemoryMeter;

/** What networks left is freed where nobody works in it, and nothing else is. */
class IdleWorkspacesTest {

    private static final int BYTES = 1 << 16;
    private static final String DL4J = "WS_LAYER_ACT_3";

    @AfterEach
    void clean() {
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    }

    private static MemoryWorkspace open(String name) {
        return Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(
                        WorkspaceConfiguration.builder()
                                .initialSize(BYTES)
                                .policyLearning(LearningPolicy.NONE)
                                .build(),
                        name);
    }

    @Test
    void freesWhatIsIdleAndDl4js() {
        open(DL4J).close();
        open("REVLAYERS_FOREIGN").close();
        open("mine").close();
        long freed = IdleWorkspaces.free();
        assertTrue(freed >= 2L * BYTES, freed + " bytes");
        assertEquals(0, IdleWorkspaces.free());
        assertTrue(MemoryMeter.workspaceBytes() >= BYTES, "a user's own stays");
    }

    @Test
    void freesNothingThatIsOpen() {
        open("WS_ALL_LAYERS_ACT").close();
        try (MemoryWorkspace inside = open(DL4J)) {
            INDArray array = Nd4j.ones(DataType.FLOAT, 100);
            assertTrue(array.isAttached() && inside.isScopeActive());
            assertEquals(0, IdleWorkspaces.free(), "within a step");
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                assertTrue(Nd4j.getMemoryManager().getCurrentWorkspace() != inside && none != inside);
                assertEquals(0, IdleWorkspaces.free(), "out of its sight");
            }
            assertEquals(100, array.sumNumber().intValue());
        }
        assertTrue(IdleWorkspaces.free() >= 2L * BYTES);
        try (MemoryWorkspace again = open(DL4J)) {
            assertTrue(again.isScopeActive());
            assertEquals(100, Nd4j.ones(DataType.FLOAT, 100).sumNumber().intValue());
        }
    }
}
