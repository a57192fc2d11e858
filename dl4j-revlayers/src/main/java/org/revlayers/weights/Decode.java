package org.revlayers.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Little-endian bytes to FLOAT arrays and back. F32, F16 and BF16 come through exactly; F64 and integers are rounded. */
final class Decode {

    private Decode() {}

    /** Decodes all of {@code bytes} (which must hold exactly the shape's elements). */
    static INDArray array(ByteBuffer bytes, TensorInfo.Type type, long[] shape) {
        ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        float[] out = new float[in.remaining() / type.bytes()];
        switch (type) {
            case F32 -> in.asFloatBuffer().get(out);
            case F16 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = halfToFloat(in.getShort());
                }
            }
            case BF16 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = Float.intBitsToFloat(in.getShort() << 16);
                }
            }
            case F64 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = (float) in.getDouble();
                }
            }
            case I64 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.getLong();
                }
            }
            case I32 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.getInt();
                }
            }
            case I16 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.getShort();
                }
            }
            case I8 -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.get();
                }
            }
            case U8, BOOL -> {
                for (int i = 0; i < out.length; i++) {
                    out[i] = in.get() & 0xff;
                }
            }
            default -> throw new IllegalArgumentException("tensors of type " + type + " cannot be read as floats");
        }
        return array(out, shape);
    }

    /** An array outside any workspace. */
    @SuppressWarnings("try")
    static INDArray array(float[] values, long[] shape) {
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (values.length == 0) {
                return Nd4j.empty(DataType.FLOAT);
            }
            return shape.length == 0 ? Nd4j.scalar(values[0]) : Nd4j.create(values, shape, 'c');
        }
    }

    /** IEEE 754 half precision to float, exact. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | mantissa << 13);
        }
        if (exponent == 0) {
            float tiny = mantissa * 0x1p-24f;
            return sign == 0 ? tiny : -tiny;
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
    }

    /** Float to half precision, rounded to nearest, ties to even; too large becomes infinity. */
    static short floatToHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        float size = Math.abs(value);
        if (size != size) {
            return (short) (sign | 0x7e00);
        }
        if (size >= 65520f) {
            return (short) (sign | 0x7c00);
        }
        if (size < 0x1p-14f) {
            return (short) (sign | (int) Math.rint(size * 0x1p24));
        }
        int magnitude = bits & 0x7fffffff;
        int rounded = magnitude + 0xfff + (magnitude >>> 13 & 1);
        return (short) (sign | (rounded >>> 13) - (112 << 10));
    }

    /** Float to bfloat16, rounded to nearest, ties to even. */
    static short floatToBfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (value != value) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
