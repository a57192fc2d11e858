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
import java.util.Set;
import onnx.Onnx.ModelProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;

/**
 * The initializers (weights) of an ONNX model, by name; the graph itself is ignored. Values come from {@code raw_data} or
 * the typed fields for floats, doubles and integers. Uses the ONNX classes that ND4J ships. The parsed weights stay on
 * the heap until the source is closed. Not supported: weights in files beside the model ("external data").
 */
public final class OnnxInitializers implements TensorSource {

    private final Path file;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, TensorProto> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    private OnnxInitializers(Path file) {
        this.file = file;
    }

    /**
     * Parses a model.
     *
     * @throws WeightsFileException when it is not an ONNX model, is truncated, or a tensor's size disagrees with its shape
     */
    public static OnnxInitializers open(Path file) throws IOException {
        ModelProto model;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            CodedInputStream coded = CodedInputStream.newInstance(in);
            coded.setSizeLimit(Integer.MAX_VALUE);
            model = ModelProto.parseFrom(coded);
        } catch (InvalidProtocolBufferException e) {
            throw new WeightsFileException(
                    file, "not a complete ONNX model: " + e.getMessage(), "download it again", e);
        }
        if (!model.hasGraph()) {
            throw new WeightsFileException(file, "an ONNX model has a graph, this one has none", "download it again");
        }
        OnnxInitializers source = new OnnxInitializers(file);
        for (StringStringEntryProto e : model.getMetadataPropsList()) {
            source.metadata.put(e.getKey(), e.getValue());
        }
        for (TensorProto t : model.getGraph().getInitializerList()) {
            source.add(t);
        }
        return source;
    }

    private void add(TensorProto t) throws WeightsFileException {
        if (t.getExternalDataCount() > 0) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + t.getName() + "\" keeps its values in another file",
                    "save the model with its weights inside");
        }
        TensorType type = OnnxTypes.of(t.getDataType());
        if (type == null) {
            return; // strings, complex numbers: no weights
        }
        long[] shape = new long[t.getDimsCount()];
        long length = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = t.getDims(i);
            length *= shape[i];
        }
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
        if (infos.putIfAbsent(t.getName(), info) != null) {
            throw new WeightsFileException(
                    file, "two tensors are named \"" + t.getName() + "\"", "export the model again");
        }
        tensors.put(t.getName(), t);
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(infos.keySet());
    }

    @Override
    public TensorInfo info(String name) {
        TensorInfo info = infos.get(name);
        if (info == null) {
            throw new IllegalArgumentException(file + " has no tensor \"" + name + "\"; names() lists what it has");
        }
        return info;
    }

    @Override
    public INDArray read(String name) {
        TensorInfo info = info(name);
        TensorProto t = tensors.get(name);
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
        tensors.clear();
    }
}
