package org.revlayers.weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.files.StrictJson;

/**
 * The JSON header of a safetensors file, checked: each tensor's bytes follow from its type and shape, and the tensors
 * cover the data section without gap or overlap.
 *
 * @param length   bytes of the JSON
 * @param tensors  in the order of the data
 * @param metadata the {@code __metadata__} entry
 */
record SafetensorsHeader(int length, Map<String, Entry> tensors, Map<String, String> metadata) {

    /** Longer headers are refused, as by the format's reference reader. */
    static final long MAX_BYTES = 100_000_000;

    private static final String DAMAGED = "the file is damaged or was written by a faulty program: get it again";

    /** One tensor; {@code begin} counts from the start of the data section. */
    record Entry(TensorInfo info, long begin) {}

    static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) throws IOException {
        JsonNode root = StrictJson.parse(file, "the header", json, DAMAGED);
        if (root == null || !root.isObject()) {
            throw new WeightsFileException(file, "the header must be a JSON object", DAMAGED);
        }
        List<Entry> entries = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
            Map.Entry<String, JsonNode> field = it.next();
            if (field.getKey().equals("__metadata__")) {
                if (!field.getValue().isObject()) {
                    throw new WeightsFileException(
                            file,
                            "__metadata__ must be an object, it is " + StrictJson.shown(field.getValue()),
                            DAMAGED);
                }
                for (Iterator<Map.Entry<String, JsonNode>> m = field.getValue().fields(); m.hasNext(); ) {
                    Map.Entry<String, JsonNode> text = m.next();
                    if (!text.getValue().isTextual()) {
                        throw new WeightsFileException(
                                file,
                                "__metadata__ \"" + text.getKey() + "\" must be a text, it is "
                                        + StrictJson.shown(text.getValue()),
                                DAMAGED);
                    }
                    metadata.put(text.getKey(), text.getValue().asText());
                }
            } else {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::begin)
                .thenComparingLong(e -> e.info().bytes()));
        return new SafetensorsHeader(
                json.length, cover(file, entries, dataBytes), Collections.unmodifiableMap(metadata));
    }

    private static Entry entry(Path file, String name, JsonNode node) throws IOException {
        String what = "tensor \"" + name + "\": ";
        TensorInfo.Type type;
        try {
            type = TensorInfo.Type.valueOf(node.path("dtype").asText());
        } catch (IllegalArgumentException e) {
            throw new WeightsFileException(
                    file,
                    what + "unknown dtype " + StrictJson.shown(node.path("dtype")),
                    "convert it to F32, F16 or BF16",
                    e);
        }
        long[] shape = StrictJson.shape(file, what + "shape", node.path("shape"), DAMAGED);
        long[] offsets = StrictJson.shape(file, what + "data_offsets", node.path("data_offsets"), DAMAGED);
        long bytes = ForeignFile.bytes(file, name, shape, type.bytes(), DAMAGED);
        if (offsets.length != 2 || offsets[1] - offsets[0] != bytes) {
            throw new WeightsFileException(
                    file,
                    what + type + StrictJson.shown(node.path("shape")) + " needs " + bytes + " bytes, data_offsets are "
                            + StrictJson.shown(node.path("data_offsets")),
                    DAMAGED);
        }
        return new Entry(new TensorInfo(name, type, shape, bytes), offsets[0]);
    }

    private static Map<String, Entry> cover(Path file, List<Entry> sorted, long dataBytes) throws IOException {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        long end = 0;
        String before = "the header";
        for (Entry e : sorted) {
            if (e.begin() != end) {
                String how = e.begin() < end ? "overlap" : "leave a gap";
                throw new WeightsFileException(
                        file,
                        "tensors must follow one another, " + before + " and \""
                                + e.info().name() + "\" " + how + ": byte " + e.begin() + " in place of " + end,
                        DAMAGED);
            }
            end = e.begin() + e.info().bytes();
            before = "\"" + e.info().name() + "\"";
            tensors.put(e.info().name(), e);
        }
        if (end != dataBytes) {
            throw new WeightsFileException(
                    file,
                    (end > dataBytes ? "truncated: " : "left-over bytes: ") + "the tensors need " + end
                            + " bytes, the file holds " + dataBytes,
                    end > dataBytes ? "download it again" : DAMAGED);
        }
        return tensors;
    }
}
