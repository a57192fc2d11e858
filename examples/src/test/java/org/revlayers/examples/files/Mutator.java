package org.revlayers.examples.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Small damage to bytes or to JSON, the same for one seed. */
final class Mutator {

    private static final Pattern TOKEN =
            Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|-?[0-9][0-9.eE+-]*|true|false|null|[\\[\\]{},:]");

    private static final long[] NUMBERS = {
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        31,
        32,
        33,
        127,
        128,
        255,
        256,
        32767,
        65535,
        65536,
        1 << 24,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -8,
        Integer.MIN_VALUE
    };

    private static final String[] VALUES = {
        "{}",
        "[]",
        "{\"a\":1}",
        "[[1]]",
        "3.7",
        "\"3\"",
        "true",
        "null",
        "-1",
        "-0",
        "1e400",
        "1E2",
        "0",
        "1",
        "2147483647",
        "2147483648",
        "200000000",
        "4611686018427387904",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "1".repeat(3000),
        "\"" + "x".repeat(3000) + "\"",
        "\"\\u001b[2J\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"../x\"",
        "\"\u00ff\"",
        "NaN",
        "[".repeat(2000) + "]".repeat(2000),
        "\"\"",
        "\"F64\"",
        "\"BOOL\"",
        "\"layer.200000000\"",
        "\"blocks.99999999999.norm1.weight\""
    };

    private final Random random;

    Mutator(long seed) {
        random = new Random(seed);
    }

    int below(int n) {
        return random.nextInt(n);
    }

    /** One to three damages. */
    byte[] damaged(byte[] bytes) {
        boolean json = bytes.length > 1
                && (bytes[0] == '{' || bytes[0] == '[')
                && (bytes[bytes.length - 1] == '}' || bytes[bytes.length - 1] == ']');
        byte[] out = bytes;
        for (int n = 1 + below(8) / 5 + below(8) / 6; n > 0; n--) {
            out = json && below(8) != 0 ? json(out) : binary(out);
        }
        return out;
    }

    private byte[] json(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<int[]> tokens = new ArrayList<>();
        for (Matcher m = TOKEN.matcher(text); m.find() && tokens.size() < 20_000; ) {
            tokens.add(new int[] {m.start(), m.end()});
        }
        if (tokens.isEmpty()) {
            return binary(bytes);
        }
        int[] one = tokens.get(below(tokens.size()));
        int[] other = tokens.get(below(tokens.size()));
        String was = text.substring(one[0], one[1]);
        boolean key = was.startsWith("\"") && text.startsWith(":", one[1]);
        String now =
                switch (below(6)) {
                    case 0 -> "";
                    case 1 -> text.substring(other[0], other[1]);
                    case 2 -> was + "," + was;
                    default -> key ? VALUES[20 + below(VALUES.length - 20)] : VALUES[below(VALUES.length)];
                };
        return (text.substring(0, one[0]) + now + text.substring(one[1])).getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] binary(byte[] bytes) {
        if (bytes.length == 0) {
            return new byte[below(20)];
        }
        byte[] out = bytes.clone();
        // what says how the rest is to be read is at the ends
        int at =
                switch (below(4)) {
                    case 0 -> below(Math.min(out.length, 160));
                    case 1 -> out.length - 1 - below(Math.min(out.length, 160));
                    default -> below(out.length);
                };
        switch (below(9)) {
            case 0 -> out[at] ^= (byte) (1 << below(8));
            case 1 -> out[at] = (byte) below(256);
            case 2, 3, 4 -> put(out, at, NUMBERS[below(NUMBERS.length)], 1 << below(4));
            case 5 -> out = Arrays.copyOf(out, at);
            case 6 -> out = spliced(out, at, at, new byte[1 + below(16)]);
            case 7 -> out = spliced(out, at, Math.min(out.length, at + 1 + below(16)), new byte[0]);
            default -> {
                int from = below(out.length);
                out = spliced(out, at, at, Arrays.copyOfRange(out, from, Math.min(out.length, from + 1 + below(64))));
            }
        }
        return out;
    }

    private void put(byte[] out, int at, long value, int width) {
        ByteOrder order = below(3) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        ByteBuffer all = ByteBuffer.allocate(8).order(order).putLong(0, value);
        int from = order == ByteOrder.BIG_ENDIAN ? 8 - width : 0;
        for (int i = 0; i < width && at + i < out.length; i++) {
            out[at + i] = all.get(from + i);
        }
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] between) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + between.length);
        out.write(bytes, 0, from);
        out.writeBytes(between);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
