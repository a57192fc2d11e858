package org.revlayers.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonFactoryBuilder;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.core.StreamReadFeature;
import org.nd4j.shade.jackson.databind.DeserializationFeature;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.text.Printable;

/** JSON from outside: UTF-8, no name twice in an object, nothing behind its end, no depth or number that takes more time than its length. */
public final class StrictJson {

    /** Depth of arrays and objects. */
    public static final int MAX_DEPTH = 500;

    /** Characters of a number. */
    public static final int MAX_NUMBER = 100;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES) // its table throws for names that collide
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final ObjectMapper MAPPER =
            new ObjectMapper(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private StrictJson() {}

    /**
     * Parses a text.
     *
     * @param what   of the file it is, for the message
     * @param remedy for the message
     */
    public static JsonNode parse(Path file, String what, byte[] utf8, String remedy) throws WeightsFileException {
        String text = text(file, what, utf8, remedy);
        try {
            scan(file, what, text, remedy);
            return MAPPER.readTree(text);
        } catch (WeightsFileException e) {
            throw e;
        } catch (JsonProcessingException e) {
            String at = e.getLocation() == null
                    ? ""
                    : " at character " + e.getLocation().getCharOffset();
            throw new WeightsFileException(
                    file,
                    what + " must be JSON without duplicate names: "
                            + e.getOriginalMessage().replaceAll("\\[Source: [^;]*;", "[") + at,
                    remedy,
                    e);
        } catch (IOException e) {
            throw new WeightsFileException(file, what + " must be JSON: " + e.getMessage(), remedy, e);
        }
    }

    private static String text(Path file, String what, byte[] utf8, String remedy) throws WeightsFileException {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new WeightsFileException(file, what + " must be UTF-8, it is not at byte " + in.position(), remedy);
        }
        return out.flip().toString();
    }

    private static void scan(Path file, String what, String text, String remedy) throws IOException {
        int depth = 0;
        try (JsonParser parser = FACTORY.createParser(text)) {
            for (JsonToken t = parser.nextToken(); t != null; t = parser.nextToken()) {
                depth += t.isStructStart() ? 1 : t.isStructEnd() ? -1 : 0;
                if (depth > MAX_DEPTH) {
                    throw broken(file, what + " is nested deeper than " + MAX_DEPTH, parser, remedy);
                }
                if (t.isNumeric() && parser.getTextLength() > MAX_NUMBER) {
                    throw broken(
                            file, what + " has a number of " + parser.getTextLength() + " characters", parser, remedy);
                }
            }
        }
    }

    private static WeightsFileException broken(Path file, String how, JsonParser at, String remedy) {
        return new WeightsFileException(
                file, how + " at character " + at.getTokenLocation().getCharOffset(), remedy);
    }

    /** A whole number in a range. */
    public static long whole(Path file, String what, JsonNode node, long from, long to, String remedy)
            throws WeightsFileException {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < from || node.asLong() > to) {
            throw new WeightsFileException(
                    file,
                    what + " must be a whole number " + from + (to == Long.MAX_VALUE ? " or more" : ".." + to)
                            + ", it is " + shown(node),
                    remedy);
        }
        return node.asLong();
    }

    /** A shape. */
    public static long[] shape(Path file, String what, JsonNode node, String remedy) throws WeightsFileException {
        if (!node.isArray()) {
            throw new WeightsFileException(
                    file, what + " must be an array of whole numbers from 0, it is " + shown(node), remedy);
        }
        long[] out = new long[node.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = whole(
                    file,
                    what + " must be an array of whole numbers from 0; number " + i,
                    node.get(i),
                    0,
                    Long.MAX_VALUE,
                    remedy);
        }
        return out;
    }

    /** A text that is not empty. */
    public static String name(Path file, String what, JsonNode node, String remedy) throws WeightsFileException {
        if (!node.isTextual() || node.asText().isEmpty()) {
            throw new WeightsFileException(file, what + " must be a text, it is " + shown(node), remedy);
        }
        return node.asText();
    }

    /** A node for a message, without its insides when they are long. */
    public static String shown(JsonNode node) {
        return node.isMissingNode()
                ? "missing"
                : node.isContainerNode() && node.size() > 8
                        ? node.getNodeType() + " of " + node.size()
                        : Printable.of(node.toString(), 200);
    }
}
