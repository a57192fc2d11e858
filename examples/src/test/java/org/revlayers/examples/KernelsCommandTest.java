package org.revlayers.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.revlayers.internal.kernel.KernelChoice;

class KernelsCommandTest {

    @Test
    void listsWhatRunsHereAndWhatADeviceLacks() {
        CommandRun run = CommandRun.of("kernels");
        assertEquals(0, run.code());
        assertTrue(run.out().contains("FLOAT arrays: " + KernelChoice.name()), run.out());
        for (String kernel :
                new String[] {"codeBackward", "softmaxBackward", "columnSums", "restorePrevious", "weightGradient"}) {
            assertTrue(run.out().contains(kernel), kernel);
        }
        assertTrue(run.out().contains("heads wider than 128"), run.out());
    }
}
