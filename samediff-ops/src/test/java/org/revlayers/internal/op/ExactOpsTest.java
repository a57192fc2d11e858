package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.validation.OpValidation;
import org.nd4j.autodiff.validation.TestCase;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.op.RevOps;

/** ND4J's own op validation (forward, FlatBuffers round trip, numeric gradient) of every op whose gradient is exact, in DOUBLE. */
class ExactOpsTest {

    @BeforeAll
    static void doubles() {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE); // GradCheckUtil insists
    }

    @AfterAll
    static void floats() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    static Stream<Arguments> ops() {
        return Stream.of(
                one("rev_gelu", RevOps::gelu),
                one("rev_silu", RevOps::silu),
                one("ms_layer_norm", x -> RevOps.msLayerNorm(x, 1e-6)),
                one("ms_rms_norm", x -> RevOps.msRmsNorm(x, 1e-6)),
                one("relu1bit", RevOps::relu1bit),
                one("rev_add", x -> RevOps.add(RevOps.add(x, x.mul(2)), RevOps.gelu(x))),
                one("dropout_replay", x -> RevOps.dropoutReplayAlways(x, 0.3, 77)));
    }

    private static Arguments one(String name, Function<SDVariable, SDVariable> op) {
        return Arguments.of(Named.of(name, op));
    }

    @ParameterizedTest
    @MethodSource("ops")
    void passesOpValidation(Function<SDVariable, SDVariable> op) {
        for (long[] shape : new long[][] {{5}, {3, 7}, {2, 3, 5}}) {
            SameDiff sd = SameDiff.create();
            INDArray input =
                    awayFromZero(Nd4j.rand(DataType.DOUBLE, shape).subi(0.5).muli(4));
            SDVariable y = op.apply(sd.var("x", input));
            validate(sd, y);
        }
    }

    @ParameterizedTest
    @MethodSource("attentions")
    void attentionPassesOpValidation(boolean masked, boolean causal) {
        SameDiff sd = SameDiff.create();
        SDVariable q = sd.var("q", Nd4j.randn(DataType.DOUBLE, 2, 3, 4, 5));
        SDVariable k = sd.var("k", Nd4j.randn(DataType.DOUBLE, 2, 3, 4, 5));
        SDVariable v = sd.var("v", Nd4j.randn(DataType.DOUBLE, 2, 3, 4, 5));
        SDVariable mask =
                masked ? sd.constant("mask", Nd4j.createFromArray(new double[][] {{1, 1, 0, 1}, {1, 0, 1, 1}})) : null;
        validate(sd, RevOps.memAttention(q, k, v, mask, 0, causal));
    }

    static Stream<Arguments> attentions() {
        return Stream.of(
                Arguments.of(false, false),
                Arguments.of(true, false),
                Arguments.of(false, true),
                Arguments.of(true, true));
    }

    /** The loss weighs every element differently, so that no error cancels. */
    private static void validate(SameDiff sd, SDVariable y) {
        INDArray value = y.eval();
        SDVariable weights = sd.constant("weights", Nd4j.rand(DataType.DOUBLE, value.shape()));
        sd.setLossVariables(y.mul(weights).sum("loss"));
        TestCase test = new TestCase(sd)
                .expected(y, value)
                .gradientCheck(true)
                .gradCheckMaxRelativeError(1e-5)
                .testFlatBufferSerialization(TestCase.TestSerialization.BOTH);
        assertNull(OpValidation.validate(test));
    }

    /** The numeric check must not step over the kink of ReLU. */
    private static INDArray awayFromZero(INDArray x) {
        return x.addi(Nd4j.math().sign(x).muli(0.05));
    }
}
