package org.revlayers.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import onnx.Onnx.TensorProto;

/** ONNX's numbers for element types (shared by ORT files), and its typed value fields. */
final class OnnxTypes {

    private OnnxTypes() {}

    /** The type of an ONNX type number, or null for those that hold no numbers we know. */
    static TensorInfo.Type of(int number) {
        return switch (number) {
            case 1 -> TensorInfo.Type.F32;
            case 2 -> TensorInfo.Type.U8;
            case 3 -> TensorInfo.Type.I8;
            case 4 -> TensorInfo.Type.U16;
            case 5 -> TensorInfo.Type.I16;
            case 6 -> TensorInfo.Type.I32;
            case 7 -> TensorInfo.Type.I64;
            case 9 -> TensorInfo.Type.BOOL;
            case 10 -> TensorInfo.Type.F16;
            case 11 -> TensorInfo.Type.F64;
            case 12 -> TensorInfo.Type.U32;
            case 13 -> TensorInfo.Type.U64;
            case 16 -> TensorInfo.Type.BF16;
            default -> null;
        };
    }

    /** Number of values in the typed field that belongs to {@code type}. */
    static long typedCount(TensorProto t, TensorInfo.Type type) {
        return switch (type) {
            case F32 -> t.getFloatDataCount();
            case F64 -> t.getDoubleDataCount();
            case I64 -> t.getInt64DataCount();
            case U32, U64 -> t.getUint64DataCount();
            default -> t.getInt32DataCount();
        };
    }

    /** The typed field's values as raw_data would hold them. Small types sit in int32_data, halves as their bits. */
    static ByteBuffer typedBytes(TensorProto t, TensorInfo.Type type) {
        int count = (int) typedCount(t, type);
        ByteBuffer out = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            switch (type) {
                case F32 -> out.putFloat(t.getFloatData(i));
                case F64 -> out.putDouble(t.getDoubleData(i));
                case I64 -> out.putLong(t.getInt64Data(i));
                case U64 -> out.putLong(t.getUint64Data(i));
                case U32 -> out.putInt((int) t.getUint64Data(i));
                case I32 -> out.putInt(t.getInt32Data(i));
                case F16, BF16, I16, U16 -> out.putShort((short) t.getInt32Data(i));
                default -> out.put((byte) t.getInt32Data(i));
            }
        }
        return out.flip();
    }
}
