package org.revlayers.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.kernel.device.Devices;

class ArenaWorkspaceTest {

    private static final long LENGTH = 1000;
    private static final long BYTES = LENGTH * 4;

    @BeforeEach
    void onTheCpu() {
        assumeTrue(Devices.current() == null, "calls of stock layers are not kept open on a device");
    }

    private static ArenaWorkspace named(String name) {
        ArenaWorkspace workspace = new ArenaWorkspace(name);
        Nd4j.getWorkspaceManager().setWorkspaceForCurrentThread(workspace, name);
        return workspace;
    }

    private static long live() {
        return Arena.current().liveBytes();
    }

    @Test
    void countsWhileItIsOpenAndLeavesNothing() {
        ArenaWorkspace workspace = named("counts");
        long before = live();
        for (int turn = 0; turn < 3; turn++) {
            try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
                INDArray array = Nd4j.create(DataType.FLOAT, LENGTH);
                assertTrue(array.isAttached());
                assertEquals(before + BYTES, live());
                INDArray again = Nd4j.createUninitialized(DataType.FLOAT, LENGTH);
                assertEquals(before + 2 * BYTES, live());
                assertEquals(0, array.sumNumber().doubleValue(), "new arrays are zeros");
                array.assign(7); // what the next turn must not see
                again.assign(8);
                assertEquals(7 * LENGTH, array.sumNumber().doubleValue());
                assertEquals(8 * LENGTH, again.sumNumber().doubleValue());
            }
            assertEquals(before, live());
            assertEquals(0, workspace.getCurrentSize());
        }
    }

    @Test
    void scopesWithinDoNotEndIt() {
        ArenaWorkspace workspace = named("scopes");
        long before = live();
        try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
            INDArray array = Nd4j.ones(DataType.FLOAT, LENGTH);
            try (MemoryWorkspace again = workspace.notifyScopeEntered()) {
                Nd4j.ones(DataType.FLOAT, LENGTH);
            }
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                Nd4j.ones(DataType.FLOAT, LENGTH);
            }
            try (MemoryWorkspace borrowed = workspace.notifyScopeBorrowed()) {
                Nd4j.ones(DataType.FLOAT, LENGTH);
            }
            assertEquals(before + 3 * BYTES, live());
            assertEquals(LENGTH, array.sumNumber().doubleValue());
        }
        assertEquals(before, live());
    }

    @Test
    void anEndByAnErrorLeavesNothing() {
        ArenaWorkspace workspace = named("error");
        long before = live();
        assertThrows(IllegalStateException.class, () -> {
            try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
                Nd4j.ones(DataType.FLOAT, LENGTH);
                throw new IllegalStateException();
            }
        });
        assertEquals(before, live());
    }

    @Test
    void whatLeavesItStays() {
        ArenaWorkspace workspace = named("leaves");
        INDArray detached;
        try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
            detached = Nd4j.ones(DataType.DOUBLE, LENGTH).detach();
        }
        try (MemoryWorkspace open = workspace.notifyScopeEntered()) {
            Nd4j.valueArrayOf(new long[] {LENGTH}, 3.0, DataType.DOUBLE);
        }
        assertEquals(LENGTH, detached.sumNumber().doubleValue());
    }
}
