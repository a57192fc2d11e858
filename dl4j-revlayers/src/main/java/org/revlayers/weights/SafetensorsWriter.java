package org.revlayers.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.revlayers.internal.machine.WholeFile;

/**
 * Writes arrays as a safetensors file that other frameworks read. Values are rounded to nearest, ties to even. The file
 * appears at once and complete, or not at all.
 *
 * <pre>{@code
 * SafetensorsWriter.write(Path.of("model.safetensors"), Map.of("w", w), TensorInfo.Type.F16, Map.of("format", "pt"));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class SafetensorsWriter {

    private static final ObjectMapper JSON = new ObjectMapper();

    private SafetensorsWriter() {}

    /**
     * @param file     overwritten if it exists
     * @param tensors  written in the map's order, each with its shape, in C order
     * @param type     F32, F16 or BF16
     * @param metadata free text for the header; may be empty
     */
    public static void write(
            Path file, Map<String, INDArray> tensors, TensorInfo.Type type, Map<String, String> metadata)
            throws IOException {
        if (type != TensorInfo.Type.F32 && type != TensorInfo.Type.F16 && type != TensorInfo.Type.BF16) {
            throw new IllegalArgumentException("safetensors are written as F32, F16 or BF16, not as " + type);
        }
        byte[] header = header(tensors, type, metadata);
        WholeFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (INDArray tensor : tensors.values()) {
                out.write(bytes(tensor, type));
            }
        });
    }

    private static byte[] header(Map<String, INDArray> tensors, TensorInfo.Type type, Map<String, String> metadata)
            throws IOException {
        ObjectNode root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode free = root.putObject("__metadata__");
            metadata.forEach(free::put);
        }
        long at = 0;
        for (Map.Entry<String, INDArray> e : tensors.entrySet()) {
            long end = at + e.getValue().length() * type.bytes();
            ObjectNode node = root.putObject(e.getKey());
            node.put("dtype", type.name());
            node.set("shape", JSON.valueToTree(e.getValue().shape()));
            node.set("data_offsets", JSON.valueToTree(new long[] {at, end}));
            at = end;
        }
        byte[] json = JSON.writeValueAsBytes(root);
        byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    private static byte[] bytes(INDArray tensor, TensorInfo.Type type) {
        INDArray flat = tensor.castTo(DataType.FLOAT).dup('c').reshape(tensor.length());
        float[] values = flat.toFloatVector();
        ByteBuffer out = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            switch (type) {
                case F16 -> out.putShort(Decode.floatToHalf(v));
                case BF16 -> out.putShort(Decode.floatToBfloat(v));
                default -> out.putFloat(v);
            }
        }
        return out.array();
    }
}
