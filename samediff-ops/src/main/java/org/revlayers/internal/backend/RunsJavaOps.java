package org.revlayers.internal.backend;

import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/** An executioner that runs {@link JavaOp}s. ND4J's own ones hand them to the C++ library, which crashes. */
public interface RunsJavaOps {

    /**
     * Throws unless ND4J's executioner runs {@link JavaOp}s.
     *
     * @param op name of the op that is to run
     * @throws IllegalStateException with the remedy
     */
    static void require(String op) {
        OpExecutioner now = Nd4j.getExecutioner();
        if (now == null || now instanceof RunsJavaOps) {
            return;
        }
        String name = now.getClass().getName();
        boolean ours = name.startsWith("org.revlayers.");
        throw new IllegalStateException(
                "op " + op + " runs in Java, on an executioner of this library; ND4J has " + name
                        + (ours
                                ? " of another copy of this jar: put the jar beside ND4J's, not into each application"
                                : ": drop -Dopexec, or name org.revlayers.internal.backend.RevlayersCpuExecutioner there; a fat jar must merge"
                                        + " META-INF/services/org.nd4j.linalg.factory.Nd4jBackend (maven-shade-plugin:"
                                        + " ServicesResourceTransformer); nd4j-cuda cannot run these ops yet: leave it off the class path"));
    }
}
