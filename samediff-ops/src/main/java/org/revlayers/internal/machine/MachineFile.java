package org.revlayers.internal.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * What was found out about one machine, as JSON in a file of its own: the name has a hash of the words for the machine, which are in it too.
 *
 * @param path    where it is, or will be
 * @param machine in words: whatever makes another machine of it
 */
public record MachineFile(Path path, String machine) {

    private static final int NAME = 16;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** That of a machine, {@code name-HASH.json} in a folder. */
    public static MachineFile in(Path folder, String name, String machine) {
        return new MachineFile(folder.resolve(name + "-" + hash(machine).substring(0, NAME) + ".json"), machine);
    }

    /** The SHA-256 of a text, in hexadecimal. */
    public static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    /** Whether there is one. */
    public boolean exists() {
        return Files.exists(path);
    }

    /** What it says. */
    public JsonNode read() throws IOException {
        try {
            return MAPPER.readTree(Files.readString(path));
        } catch (JsonProcessingException e) {
            throw new IOException("it is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Something to fill and to {@link #write}. */
    public ObjectNode content() {
        return MAPPER.createObjectNode().put("machine", machine);
    }

    /** Writes it whole, in a folder that is made if there is none. */
    public void write(ObjectNode content) throws IOException {
        makeFolder();
        WholeFile.write(path, out -> out.write(content.toPrettyString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Makes the folder if there is none: whoever measures first what then cannot be kept finds it out before. */
    public void makeFolder() throws IOException {
        Files.createDirectories(path.getParent());
        if (!Files.isWritable(path.getParent())) {
            throw new IOException("cannot write into " + path.getParent());
        }
    }
}
