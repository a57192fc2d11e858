package org.revlayers.weights;

import com.google.flatbuffers.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;

/**
 * The initializers (weights) of a model in ONNX Runtime's own format (ORT flatbuffer), by name; the graph is ignored. The
 * file is memory-mapped, tensors are touched only when they are read. FlatBuffers limit such a file to 2 GiB.
 */
final class OrtFlatbuffer extends TensorTable<OrtFlatbuffer.Entry> {

    static final String IDENTIFIER = "ORTM";

    private static final String DAMAGED = "download it again";

    // Positions in the tables' vtables, from the format's schema.
    private static final int SESSION_VERSION = 4;
    private static final int SESSION_MODEL = 6;
    private static final int MODEL_GRAPH = 18;
    private static final int GRAPH_INITIALIZERS = 4;
    private static final int TENSOR_NAME = 4;
    private static final int TENSOR_DIMS = 8;
    private static final int TENSOR_TYPE = 10;
    private static final int TENSOR_RAW = 12;

    private final ByteBuffer bytes;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private volatile boolean closed;

    record Entry(TensorInfo info, int begin) {}

    private OrtFlatbuffer(Path file, ByteBuffer bytes) {
        super(file, new LinkedHashMap<>(), Entry::info);
        this.bytes = bytes;
    }

    /**
     * Maps a file and lists its initializers.
     *
     * @throws WeightsFileException when it is not an ORT file, is truncated, or a tensor's size disagrees with its shape
     */
    public static OrtFlatbuffer open(Path file) throws IOException {
        return ForeignFile.read(file, DAMAGED, () -> mapped(file));
    }

    private static OrtFlatbuffer mapped(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < 12 || size > Integer.MAX_VALUE) {
                throw new WeightsFileException(
                        file,
                        "an ORT file has 12 bytes to 2 GiB, this one has " + size + " bytes",
                        "download it again");
            }
            ByteBuffer bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, size).order(ByteOrder.LITTLE_ENDIAN);
            byte[] id = new byte[4];
            bytes.get(4, id);
            if (!new String(id, StandardCharsets.US_ASCII).equals(IDENTIFIER)) {
                throw new WeightsFileException(
                        file, "bytes 4 to 7 of an ORT file read " + IDENTIFIER, "check that it is an .ort file");
            }
            OrtFlatbuffer source = new OrtFlatbuffer(file, bytes);
            try {
                source.list();
            } catch (IndexOutOfBoundsException | IllegalArgumentException | NegativeArraySizeException e) {
                throw new WeightsFileException(
                        file, "truncated or damaged: an offset points outside the file", "download it again", e);
            }
            return source;
        }
    }

    private void list() throws WeightsFileException {
        Node session = new Node(bytes.getInt(0), bytes);
        String version = session.string(SESSION_VERSION);
        metadata.put("ort_version", version == null ? "" : version);
        Node model = session.child(SESSION_MODEL);
        Node graph = model == null ? null : model.child(MODEL_GRAPH);
        if (graph == null) {
            throw new WeightsFileException(
                    file, "an ORT file holds a model with a graph, this one has none", "get it again");
        }
        int count = graph.count(GRAPH_INITIALIZERS);
        Set<Integer> seen = new HashSet<>();
        long left = bytes.limit();
        for (int i = 0; i < count; i++) {
            Node t = graph.element(GRAPH_INITIALIZERS, i);
            if (!seen.add(t.position())) {
                throw new WeightsFileException(
                        file, "initializer " + i + " is one that was listed before, at byte " + t.position(), DAMAGED);
            }
            TensorInfo.Type type = OnnxTypes.of(t.integer(TENSOR_TYPE));
            if (type == null || !t.has(TENSOR_RAW) || !t.has(TENSOR_NAME)) {
                continue; // strings and the like: no weights
            }
            int length = t.count(TENSOR_RAW);
            int begin = t.start(TENSOR_RAW);
            // no byte belongs to two tensors, so all names and values together are no longer than the file
            left -= (long) length + t.stringLength(TENSOR_NAME);
            if (length < 0 || left < 0) {
                throw new WeightsFileException(
                        file, "initializers 0 to " + i + " say that they are longer than the file", DAMAGED);
            }
            String name = t.string(TENSOR_NAME);
            if (t.count(TENSOR_DIMS) > ForeignFile.MAX_RANK) {
                throw new WeightsFileException(
                        file,
                        "tensor \"" + name + "\" has " + t.count(TENSOR_DIMS) + " dimensions, at most "
                                + ForeignFile.MAX_RANK + " are possible",
                        DAMAGED);
            }
            long[] shape = t.longs(TENSOR_DIMS);
            TensorInfo info = new TensorInfo(name, type, shape, length);
            long needed = ForeignFile.bytes(file, name, shape, type.bytes(), DAMAGED);
            if (needed != length || length > bytes.limit() - begin) {
                throw new WeightsFileException(
                        file,
                        info + " needs " + needed + " bytes, the file gives it " + length + " at byte " + begin + " of "
                                + bytes.limit(),
                        DAMAGED);
            }
            if (tensors.putIfAbsent(name, new Entry(info, begin)) != null) {
                throw new WeightsFileException(
                        file, "two tensors are named \"" + name + "\"", "export the model again");
            }
        }
    }

    @Override
    public INDArray read(String name) {
        TensorInfo info = info(name);
        if (closed) {
            throw new IllegalStateException(file + " is closed: read \"" + name + "\" before closing the source");
        }
        ByteBuffer slice = bytes.slice(tensors.get(name).begin(), (int) info.bytes());
        return Decode.array(slice, info.type(), info.shape());
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** Refuses further reads. The mapping itself goes when the object is collected, as Java maps do. */
    @Override
    public void close() {
        closed = true;
    }

    /** One flatbuffer table, read by vtable position in place of generated code. */
    private static final class Node extends Table {

        Node(int position, ByteBuffer buffer) {
            __reset(position, buffer);
        }

        boolean has(int slot) {
            return __offset(slot) != 0;
        }

        String string(int slot) {
            int o = __offset(slot);
            return o == 0 ? null : __string(o + bb_pos);
        }

        int position() {
            return bb_pos;
        }

        int stringLength(int slot) {
            int at = __indirect(__offset(slot) + bb_pos);
            int length = bb.getInt(at);
            if (length < 0 || length > bb.limit() - at - 4) {
                throw new IndexOutOfBoundsException("a text of " + length + " bytes at byte " + at);
            }
            return length;
        }

        int integer(int slot) {
            int o = __offset(slot);
            return o == 0 ? 0 : bb.getInt(o + bb_pos);
        }

        Node child(int slot) {
            int o = __offset(slot);
            return o == 0 ? null : new Node(__indirect(o + bb_pos), bb);
        }

        int count(int slot) {
            int o = __offset(slot);
            return o == 0 ? 0 : __vector_len(o);
        }

        int start(int slot) {
            return __vector(__offset(slot));
        }

        Node element(int slot, int i) {
            return new Node(__indirect(start(slot) + 4 * i), bb);
        }

        long[] longs(int slot) {
            long[] out = new long[count(slot)];
            for (int i = 0; i < out.length; i++) {
                out[i] = bb.getLong(start(slot) + 8 * i);
            }
            return out;
        }
    }
}
