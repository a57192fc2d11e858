package org.revlayers.graph;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.validation.OpValidation;
import org.nd4j.autodiff.validation.TestCase;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's own validation of a DOUBLE graph: forward, FlatBuffers round trip, numeric gradient. */
final class DoubleGraphs {

    private DoubleGraphs() {}

    /** @param graph makes one with a loss and gives the variable to look at */
    static void passOpValidation(Supplier<SDVariable> graph) {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE); // GradCheckUtil insists
        try {
            SDVariable y = graph.get();
            assertNull(OpValidation.validate(new TestCase(y.getSameDiff())
                    .expected(y, y.eval())
                    .gradientCheck(true)
                    .gradCheckMaxRelativeError(1e-5)
                    .testFlatBufferSerialization(TestCase.TestSerialization.BOTH)));
        } finally {
            Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
        }
    }
}
