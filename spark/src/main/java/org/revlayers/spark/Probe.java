package org.revlayers.spark;

import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.internal.kernel.KernelChoice;
import org.revlayers.op.RevOps;

/** What runs in a JVM of a cluster: whose class loaders have which classes, who executes ops, and which kernels run. */
record Probe(
        String executor,
        long process,
        String libraryLoader,
        String nd4jLoader,
        String executioner,
        String kernels,
        double[] regelu2)
        implements Serializable {

    /** Of this JVM, with a graph that has an op of ours. */
    static Probe here() {
        return new Probe(
                SparkEnv.get().executorId(),
                ProcessHandle.current().pid(),
                nameOf(Lean.class),
                nameOf(Nd4j.class),
                Nd4j.getExecutioner().getClass().getSimpleName(),
                kernelsHere(),
                regelu2Here());
    }

    static String kernelsHere() {
        return KernelChoice.name();
    }

    static double[] regelu2Here() {
        SDVariable x = SameDiff.create().constant("x", Nd4j.createFromArray(-1f, 0f, 1f, 2f));
        return RevOps.regelu2(x).eval().toDoubleVector();
    }

    private static String nameOf(Class<?> type) {
        return type.getClassLoader().getClass().getSimpleName();
    }
}
