package org.revlayers.internal.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.Norm;
import org.revlayers.internal.op.activation.CodedActivation;
import org.revlayers.internal.op.activation.ExactActivation;
import org.revlayers.internal.op.attention.MemAttention;
import org.revlayers.internal.op.base.RevAdd;
import org.revlayers.internal.op.dropout.DropoutReplay;
import org.revlayers.internal.op.norm.MsNorm;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.internal.op.razor.RazorSoftmax;
import org.revlayers.keep.RazorValues;

/** What ops take, and what they say to the rest. */
class OpInputsTest {

    private static INDArray values(DataType type, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return Nd4j.linspace(-1, 1, length, DataType.FLOAT).reshape(shape).castTo(type);
    }

    private static INDArray attention(DataType type, INDArray mask) {
        INDArray x = values(type, 1, 2, 3, 4);
        return Nd4j.exec(new MemAttention(0, false).on(x, x, x, mask))[0];
    }

    @Test
    void attentionTakesMasksOfEveryType() {
        INDArray mask = Nd4j.createFromArray(new float[][] {{1, 1, 0}});
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)) {
            INDArray expected = attention(type, mask.castTo(type));
            for (DataType of :
                    List.of(DataType.BOOL, DataType.INT32, DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)) {
                assertEquals(expected, attention(type, mask.castTo(of)), type + " with a mask of " + of);
            }
        }
    }

    private static String message(CustomOp op) {
        Throwable cause = assertThrows(RuntimeException.class, () -> Nd4j.exec(op));
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static List<Function<INDArray, CustomOp>> ops() {
        return List.of(
                x -> new CodedActivation.ReGelu2().on(x),
                x -> new ExactActivation.RevGelu().on(x),
                x -> new CodedActivation.Relu1Bit().on(x),
                x -> MsNorm.of(Norm.LAYER, 1e-6).on(x),
                x -> DropoutReplay.at(0, 0.5, 1).on(x),
                x -> new RevAdd().on(x, x),
                x -> new RazorLinear(0.5, RazorValues.FP16).on(x, values(x.dataType(), 4, 3)),
                x -> new RazorSoftmax(0.5, RazorValues.FP16).on(x));
    }

    @Test
    void emptyArraysAreCalledEmpty() {
        for (Function<INDArray, CustomOp> make : ops()) {
            CustomOp op = make.apply(Nd4j.create(DataType.FLOAT, 0, 4));
            String message = message(op);
            assertTrue(message.contains("empty") && message.contains(op.opName()), op.opName() + ": " + message);
            assertFalse(message.contains("dup('c')"), op.opName() + ": " + message);
        }
    }

    @Test
    void otherTypesAreNamedWithTheRemedy() {
        for (Function<INDArray, CustomOp> make : ops()) {
            for (DataType type : List.of(DataType.BOOL, DataType.INT32, DataType.BFLOAT16)) {
                CustomOp op = make.apply(values(type, 2, 4));
                String message = message(op);
                assertTrue(message.contains("" + type) && message.contains("cast"), op.opName() + ": " + message);
            }
        }
    }

    @Test
    void mixedTypesAreNamedWithTheRemedy() {
        CustomOp add = new RevAdd().on(values(DataType.FLOAT, 2, 4), values(DataType.FLOAT16, 2, 4));
        CustomOp linear =
                new RazorLinear(0.5, RazorValues.FP16).on(values(DataType.FLOAT, 2, 4), values(DataType.FLOAT16, 4, 3));
        for (CustomOp op : List.of(add, linear)) {
            String message = message(op);
            assertTrue(message.contains("HALF") && message.contains("cast"), op.opName() + ": " + message);
        }
    }
}
