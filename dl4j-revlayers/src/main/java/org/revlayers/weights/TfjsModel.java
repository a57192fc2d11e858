package org.revlayers.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.files.StrictJson;

/**
 * A TensorFlow.js model: {@code model.json}, whose weights manifest lists tensors and the shards beside it that hold them. The shards of a
 * group are one run of little-endian bytes, in the order of the manifest's paths; a tensor may begin in one shard and end in another.
 * Shapes are Keras's: convolution kernels {@code [height, width, in, out]}, matrices {@code [in, out]}.
 *
 * <p>Not supported: quantised weights, strings.
 */
final class TfjsModel extends TensorTable<TfjsModel.Place> {

    private static final Map<String, TensorInfo.Type> TYPES = Map.of(
            "float32", TensorInfo.Type.F32,
            "float16", TensorInfo.Type.F16,
            "int32", TensorInfo.Type.I32,
            "uint8", TensorInfo.Type.U8,
            "bool", TensorInfo.Type.BOOL);

    private static final String DAMAGED = "the model is damaged: get it again";

    /** The shards by the position of their first byte, those of all groups one behind another. */
    private final TreeMap<Long, Path> shards = new TreeMap<>();

    private final Set<Path> listed = new HashSet<>();

    record Place(TensorInfo info, long begin) {}

    private TfjsModel(Path file) {
        super(file.toAbsolutePath().normalize(), new LinkedHashMap<>(), Place::info);
    }

    /**
     * Opens a model and its shards.
     *
     * @param file {@code model.json}
     * @throws WeightsFileException when it has no weights manifest, a shard is not there, or the shards do not hold just the tensors
     */
    public static TfjsModel open(Path file) throws IOException {
        return ForeignFile.read(file, DAMAGED, () -> {
            TfjsModel model = new TfjsModel(file);
            model.read(StrictJson.parse(file, "it", Files.readAllBytes(file), DAMAGED));
            return model;
        });
    }

    private void read(JsonNode root) throws IOException {
        JsonNode manifest = root.get("weightsManifest");
        if (manifest == null || !manifest.isArray() || manifest.isEmpty()) {
            throw new WeightsFileException(
                    file, "a TensorFlow.js model has a weightsManifest", "open the model.json of such a model");
        }
        long end = 0;
        for (JsonNode group : manifest) {
            long begin = end;
            for (JsonNode path : list(group, "paths")) {
                end += shard(StrictJson.name(file, "a shard's path", path, DAMAGED), end);
            }
            long at = begin;
            for (JsonNode weight : list(group, "weights")) {
                Place place = place(weight, at);
                if (tensors.put(place.info().name(), place) != null) {
                    throw new WeightsFileException(
                            file, "two tensors are named \"" + place.info().name() + "\"", DAMAGED);
                }
                at += place.info().bytes();
            }
            if (at != end) {
                throw new WeightsFileException(
                        file,
                        "the tensors of a group need " + (at - begin) + " bytes, its shards hold " + (end - begin),
                        DAMAGED);
            }
        }
    }

    private JsonNode list(JsonNode group, String name) throws IOException {
        JsonNode list = group.path(name);
        if (!list.isArray()) {
            throw new WeightsFileException(
                    file, "a group's " + name + " must be an array, it is " + StrictJson.shown(list), DAMAGED);
        }
        return list;
    }

    private long shard(String name, long position) throws IOException {
        Path shard;
        try {
            shard = file.resolveSibling(name).normalize();
        } catch (InvalidPathException e) {
            throw new WeightsFileException(file, "names the shard \"" + name + "\", which is no file name", DAMAGED, e);
        }
        if (!shard.startsWith(file.getParent()) || !Files.isRegularFile(shard)) {
            throw new WeightsFileException(file, "names the shard \"" + name + "\", which is not there", DAMAGED);
        }
        if (!listed.add(shard)) {
            throw new WeightsFileException(file, "lists the shard \"" + name + "\" twice", DAMAGED);
        }
        shards.put(position, shard);
        if (Files.size(shard) == 0) {
            throw new WeightsFileException(shard, "a shard has at least one byte", DAMAGED);
        }
        return Files.size(shard);
    }

    private Place place(JsonNode weight, long begin) throws IOException {
        String name = StrictJson.name(file, "a tensor's name", weight.path("name"), DAMAGED);
        TensorInfo.Type type = TYPES.get(weight.path("dtype").asText());
        if (type == null || weight.has("quantization")) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + name + "\" must be one of " + TYPES.keySet() + " without quantization, it is "
                            + StrictJson.shown(weight),
                    "convert the model without quantization");
        }
        long[] shape =
                StrictJson.shape(file, "tensor \"" + name + "\" has no shape: it", weight.path("shape"), DAMAGED);
        long bytes = ForeignFile.bytes(file, name, shape, type.bytes(), DAMAGED);
        if (bytes > Integer.MAX_VALUE) {
            throw new WeightsFileException(
                    file,
                    "tensor \"" + name + "\" has no shape of at most 2^31-1 bytes: " + StrictJson.shown(weight),
                    DAMAGED);
        }
        return new Place(new TensorInfo(name, type, shape, bytes), begin);
    }

    @Override
    public INDArray read(String name) {
        Place place = entry(name);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(place.info().bytes()));
        try {
            while (bytes.hasRemaining()) {
                long at = place.begin() + bytes.position();
                Map.Entry<Long, Path> shard = shards.floorEntry(at);
                try (FileChannel channel = FileChannel.open(shard.getValue(), StandardOpenOption.READ)) {
                    if (channel.read(bytes, at - shard.getKey()) < 0) {
                        throw new WeightsFileException(shard.getValue(), "has become shorter", DAMAGED);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of " + file, e);
        }
        return Decode.array(bytes.flip(), place.info().type(), place.info().shape());
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    /** Does nothing: files are open only while a tensor is read. */
    @Override
    public void close() {}
}
