package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.FreshJvm;
import org.revlayers.internal.op.activation.ExactActivation.RevGelu;
import org.revlayers.op.RevOps;

/** An executioner that does not know our ops hands them to ND4J's C++ library, which crashes. */
class ForeignExecutionerTest {

    /** What ours extends. */
    private static final Class<?> STOCK = Nd4j.getExecutioner().getClass().getSuperclass();

    public static final class Program {
        private Program() {}

        public static void main(String[] args) {
            INDArray x = Nd4j.ones(DataType.FLOAT, 2, 2);
            try {
                if (args[0].equals("exec")) {
                    Nd4j.exec(new RevGelu().on(x));
                }
                SameDiff sd = SameDiff.create();
                SDVariable y = RevOps.gelu(sd.var("w", x).mul(2));
                y.sum("loss");
                sd.setLossVariables("loss");
                if (args[0].equals("output")) {
                    sd.output(Map.of(), y.name());
                }
                sd.calculateGradients(Map.of(), "w");
            } catch (RuntimeException e) {
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                System.out.println("says " + cause.getMessage());
            }
        }
    }

    @Test
    void saysWhatToDoInsteadOfCrashing() throws Exception {
        for (String how : List.of("exec", "output", "gradient")) {
            FreshJvm.Result result = new FreshJvm(Map.of(), "-Dopexec=" + STOCK.getName()).run(Program.class, how);
            String printed = result.output();
            assertEquals(0, result.exit(), how + ": " + printed);
            assertTrue(
                    printed.matches("(?s).*says [^\n]*" + STOCK.getSimpleName() + "[^\n]*opexec.*"),
                    how + ": " + printed);
        }
    }
}
