package org.revlayers.weights;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.ExtensionRegistryLite;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;

/**
 * The initializers (weights) of an ONNX model, by name; the graph itself is ignored. Values come from {@code raw_data} or
 * the typed fields for floats, doubles and integers. Uses the ONNX classes that ND4J ships. The parsed weights stay on
 * the heap until the source is closed. Not supported: weights in files beside the model ("external data").
 */
final class OnnxInitializers extends TensorTable<TensorInfo> {

    private static final String DAMAGED = "download it again";

    private final Map<String, TensorProto> protos = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private OnnxInitializers(Path file) {
        super(file, new LinkedHashMap<>(), Function.identity());
    }

    /**
     * Parses a model.
     *
     * @throws WeightsFileException when it is not an ONNX model, is truncated, or a tensor's size disagrees with its shape
     */
    public static OnnxInitializers open(Path file) throws IOException {
        return ForeignFile.read(file, DAMAGED, () -> {
            OnnxInitializers source = new OnnxInitializers(file);
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                CodedInputStream coded = CodedInputStream.newInstance(in);
                coded.setSizeLimit(Integer.MAX_VALUE);
                source.model(coded);
            } catch (InvalidProtocolBufferException e) {
                throw new WeightsFileException(file, "not a complete ONNX model: " + e.getMessage(), DAMAGED, e);
            }
            return source;
        });
    }

    /** Field by field, as a graph's nodes may be many and are of no use. */
    private void model(CodedInputStream in) throws IOException {
        boolean graph = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == message(ModelProto.GRAPH_FIELD_NUMBER)) {
                graph = true;
                int outer = in.pushLimit(in.readRawVarint32());
                for (int inner = in.readTag(); inner != 0; inner = in.readTag()) {
                    if (inner == message(GraphProto.INITIALIZER_FIELD_NUMBER)) {
                        add(in.readMessage(TensorProto.parser(), ExtensionRegistryLite.getEmptyRegistry()));
                    } else {
                        skip(in, inner);
                    }
                }
                in.checkLastTagWas(0);
                in.popLimit(outer);
            } else if (tag == message(ModelProto.METADATA_PROPS_FIELD_NUMBER)) {
                StringStringEntryProto e =
                        in.readMessage(StringStringEntryProto.parser(), ExtensionRegistryLite.getEmptyRegistry());
                metadata.put(e.getKey(), e.getValue());
            } else {
                skip(in, tag);
            }
        }
        if (!graph) {
            throw new WeightsFileException(file, "an ONNX model has a graph, this one has none", DAMAGED);
        }
    }

    private static void skip(CodedInputStream in, int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw new InvalidProtocolBufferException(
                    "an ONNX model has a graph, this file has the end of a group that has not begun");
        }
    }

    private static int message(int field) {
        return field << 3 | 2;
    }

    private void add(TensorProto t) throws WeightsFileException {
        if (t.getExternalDataCount() > 0) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + t.getName() + "\" keeps its values in another file",
                    "save the model with its weights inside");
        }
        TensorInfo.Type type = OnnxTypes.of(t.getDataType());
        if (type == null) {
            return; // strings, complex numbers: no weights
        }
        if (t.getName().isEmpty()) {
            throw new WeightsFileException(file, "a tensor has no name", DAMAGED);
        }
        if (t.getDimsCount() > ForeignFile.MAX_RANK) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + t.getName() + "\" has " + t.getDimsCount() + " dimensions, at most "
                            + ForeignFile.MAX_RANK + " are possible",
                    DAMAGED);
        }
        long[] shape = new long[t.getDimsCount()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = t.getDims(i);
        }
        long length = ForeignFile.bytes(file, t.getName(), shape, type.bytes(), DAMAGED) / type.bytes();
        long found = t.getRawData().isEmpty()
                ? OnnxTypes.typedCount(t, type)
                : t.getRawData().size() / (long) type.bytes();
        if (found != length || t.getRawData().size() % type.bytes() != 0) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + t.getName() + "\" has " + length + " elements by its shape, " + found
                            + " by its data",
                    "download it again");
        }
        TensorInfo info = new TensorInfo(t.getName(), type, shape, length * type.bytes());
        if (tensors.putIfAbsent(t.getName(), info) != null) {
            throw new WeightsFileException(
                    file, "two tensors are named \"" + t.getName() + "\"", "export the model again");
        }
        protos.put(t.getName(), t);
    }

    @Override
    public INDArray read(String name) {
        TensorInfo info = info(name);
        TensorProto t = protos.get(name);
        if (t == null) {
            throw new IllegalStateException(file + " is closed: read \"" + name + "\" before closing the source");
        }
        ByteBuffer bytes = t.getRawData().isEmpty()
                ? OnnxTypes.typedBytes(t, info.type())
                : t.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return Decode.array(bytes, info.type(), info.shape());
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public void close() {
        protos.clear();
    }
}
