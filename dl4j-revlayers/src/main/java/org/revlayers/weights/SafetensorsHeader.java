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
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

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

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** One tensor; {@code begin} counts from the start of the data section. */
    record Entry(TensorInfo info, long begin) {}

    static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage();
            throw new WeightsFileException(
                    file, "the header must be JSON without duplicate names: " + reason, DAMAGED, e);
        }
        if (root == null || !root.isObject()) {
            throw new WeightsFileException(file, "the header must be a JSON object", DAMAGED);
        }
        List<Entry> entries = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
            Map.Entry<String, JsonNode> field = it.next();
            if (field.getKey().equals("__metadata__")) {
                field.getValue()
                        .fields()
                        .forEachRemaining(
                                f -> metadata.put(f.getKey(), f.getValue().asText()));
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
        TensorType type;
        try {
            type = TensorType.valueOf(node.path("dtype").asText());
        } catch (IllegalArgumentException e) {
            throw new WeightsFileException(
                    file, what + "unknown dtype " + node.path("dtype"), "convert it to F32, F16 or BF16", e);
        }
        long[] shape = longs(file, what + "shape", node.path("shape"));
        long[] offsets = longs(file, what + "data_offsets", node.path("data_offsets"));
        long bytes = type.bytes();
        try {
            for (long d : shape) {
                bytes = Math.multiplyExact(bytes, d);
            }
        } catch (ArithmeticException e) {
            throw new WeightsFileException(file, what + "the shape " + node.path("shape") + " overflows", DAMAGED, e);
        }
        if (offsets.length != 2 || offsets[1] - offsets[0] != bytes) {
            throw new WeightsFileException(
                    file,
                    what + type + node.path("shape") + " needs " + bytes + " bytes, data_offsets are "
                            + node.path("data_offsets"),
                    DAMAGED);
        }
        return new Entry(new TensorInfo(name, type, shape, bytes), offsets[0]);
    }

    private static long[] longs(Path file, String what, JsonNode node) throws IOException {
        long[] out = new long[node.size()];
        boolean good = node.isArray();
        for (int i = 0; good && i < out.length; i++) {
            good = node.get(i).isIntegralNumber() && node.get(i).canConvertToLong();
            out[i] = node.get(i).asLong();
            good &= out[i] >= 0;
        }
        if (!good) {
            throw new WeightsFileException(
                    file, what + " must be an array of whole numbers from 0, it is " + node, DAMAGED);
        }
        return out;
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
