package org.revlayers.internal.op;

import java.io.File;
import org.nd4j.autodiff.samediff.SameDiff;

/** Loads a graph in a JVM without our classes. */
public final class LoadOnly {

    private LoadOnly() {}

    public static void main(String[] args) throws Exception {
        System.out.println(
                "RESULT " + SameDiff.load(new File(args[0]), true).getOps().size());
    }
}
