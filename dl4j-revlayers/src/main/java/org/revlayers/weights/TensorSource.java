package org.revlayers.weights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;

/**
 * Named tensors in a file. Listing costs nothing; a tensor's values are touched only when it is read.
 *
 * <pre>{@code
 * try (TensorSource source = TensorSource.open(Path.of("model.safetensors"))) {
 *     for (String name : source.names()) {
 *         System.out.println(source.info(name) + " " + source.info(name).bytes() + " bytes");
 *     }
 *     INDArray w = source.read("classifier.weight");
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads until it is closed.
 *
 * @since 0.1.0
 */
public interface TensorSource extends AutoCloseable {

    /** The file. */
    Path file();

    /** Names in the file's order. */
    Set<String> names();

    /**
     * Type, shape and size of a tensor.
     *
     * @throws IllegalArgumentException when there is no such tensor
     */
    TensorInfo info(String name);

    /**
     * Reads a tensor as FLOAT, whatever its type in the file: C order, the file's shape, outside any workspace.
     *
     * @throws IllegalArgumentException when there is no such tensor, or its type cannot be read as floats
     */
    INDArray read(String name);

    /** The file's free text, such as {@code format=pt}; empty if it has none. */
    Map<String, String> metadata();

    @Override
    void close() throws IOException;

    /**
     * Opens a file by what it contains: safetensors, an ORT flatbuffer, an ONNX model or a TensorFlow.js model.
     *
     * @throws WeightsFileException when it is none of these or is damaged
     */
    static TensorSource open(Path file) throws IOException {
        return ForeignFile.read(file, "get it again", () -> opened(file));
    }

    private static TensorSource opened(Path file) throws IOException {
        byte[] head = new byte[9];
        int n;
        try (var in = Files.newInputStream(file)) {
            n = in.readNBytes(head, 0, head.length);
        }
        if (n >= 8 && new String(head, 4, 4, StandardCharsets.US_ASCII).equals(OrtFlatbuffer.IDENTIFIER)) {
            return OrtFlatbuffer.open(file);
        }
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".safetensors") || (n == 9 && head[8] == '{')) {
            return SafetensorsFile.open(file);
        }
        if (name.endsWith(".onnx")) {
            return OnnxInitializers.open(file);
        }
        if (name.endsWith(".json")) {
            return TfjsModel.open(file);
        }
        throw new WeightsFileException(
                file,
                "a weights file must be .safetensors, .onnx, an ORT flatbuffer or the .json of a TensorFlow.js model",
                "convert the model to safetensors");
    }
}
