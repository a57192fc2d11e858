package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.imports.converters.DifferentialFunctionClassHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.op.RevOps;

class OpCatalogTest {

    /** One thread makes ND4J's holder of op classes, which iterates over the names; another one asks for the ops meanwhile. */
    public static final class TwoThreads {
        private TwoThreads() {}

        public static void main(String[] args) throws Exception {
            Nd4j.scalar(1f);
            Thread holder = new Thread(DifferentialFunctionClassHolder::getInstance);
            holder.start();
            Thread.sleep(Long.parseLong(args[0]));
            Thread ops = new Thread(() -> Nd4j.getExecutioner().getCustomOperations());
            ops.start();
            holder.join();
            ops.join();
            SameDiff sd = SameDiff.create();
            SDVariable w = sd.var("w", Nd4j.ones(DataType.FLOAT, 2, 2));
            RevOps.gelu(w).sum("loss");
            sd.setLossVariables("loss");
            System.out.println(
                    "gradient of " + sd.calculateGradients(null, "w").get("w").length() + " elements");
        }
    }

    @Test
    void namesAreAddedWhenNobodyIteratesOverThem() throws Exception {
        for (String delay : List.of("100", "200")) {
            String printed = new FreshJvm(Map.of()).run(TwoThreads.class, delay).output();
            assertTrue(printed.contains("gradient of 4 elements"), printed);
        }
    }
}
