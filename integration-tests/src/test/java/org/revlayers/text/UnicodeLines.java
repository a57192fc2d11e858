package org.revlayers.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Lines of many scripts, the same for a seed on every Java: each is of one kind, or of words of all of them. */
final class UnicodeLines {

    /** What a line is made of: the ranges of a kind's characters, first and last of each. */
    enum Kind {
        ENGLISH('a', 'z', 'A', 'Z', '0', '9'),
        ACCENTS(0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x17f, 0x1e00, 0x1eff, 'a', 'z'),
        COMBINING('a', 'z', 0x300, 0x36f, 0x1ab0, 0x1abe, 0x20d0, 0x20dc),
        GREEK(0x391, 0x3a1, 0x3a3, 0x3c9, 0x1f00, 0x1f15),
        CYRILLIC(0x400, 0x45f, 0x490, 0x4ff),
        HEBREW(0x5d0, 0x5ea, 0x5b0, 0x5bd),
        ARABIC(0x621, 0x63a, 0x641, 0x652, 0x660, 0x669),
        INDIC(0x905, 0x939, 0x93e, 0x94d, 0x985, 0x98c, 0xe01, 0xe30, 0xe34, 0xe3a),
        KANA(0x3041, 0x3096, 0x30a1, 0x30fa, 0xff66, 0xff9d),
        HANGUL(0xac00, 0xd7a3, 0x1100, 0x1112, 0x1161, 0x1175),
        CHINESE(0x4e00, 0x9fa5, 0x3400, 0x4db5, 0x20000, 0x20100, 0xf900, 0xfa2d, 0x2f800, 0x2fa1d),
        EMOJI(
                0x1f300, 0x1f320, 0x1f600, 0x1f64f, 0x1f3fb, 0x1f3ff, 0x200d, 0x200d, 0xfe0f, 0xfe0f, 0x2600, 0x26ff,
                0x1f900, 0x1f9ff, 0x1fae0, 0x1fae8),
        PUNCTUATION(
                '!', '/', ':', '@', '[', '`', '{', '~', 0xa1, 0xbf, 0x2010, 0x2027, 0x2030, 0x205e, 0x3001, 0x3003,
                0x3008, 0x301f, 0xff01, 0xff0f, 0x60c, 0x60c, 0x61b, 0x61b, 0x61f, 0x61f, 0x964, 0x965),
        SYMBOLS(0x20a0, 0x20bd, 0x2100, 0x214f, 0x2160, 0x2188, 0x2190, 0x21ff, 0x2200, 0x22ff, 0x1d400, 0x1d454),
        NUMBERS('0', '9', '.', '.', ',', ',', 0xb2, 0xb3, 0xbd, 0xbe, 0x660, 0x669, 0x966, 0x96f, 0xff10, 0xff19),
        CONTROLS(
                'a', 'z', 0, 8, 0xb, 0xc, 0xe, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060,
                0x2064, 0xfeff, 0xfeff, 0xfffd, 0xfffd, 0xe000, 0xe010),
        SPACES(
                'a', 'e', '\t', '\t', '\r', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029,
                0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000),
        LONG_WORDS('a', 'z', 0xe0, 0xe9, 0x430, 0x44f),
        ALL;

        private final int[] ranges;

        Kind(int... ranges) {
            this.ranges = ranges;
        }
    }

    private final Random random;

    private UnicodeLines(long seed) {
        random = new Random(seed);
    }

    /** Lines, kind after kind in turn. */
    static List<String> of(int count, long seed) {
        UnicodeLines lines = new UnicodeLines(seed);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(lines.line(kind(i)));
        }
        return all;
    }

    /** Of the line with this number. */
    static Kind kind(int line) {
        return Kind.values()[line % Kind.values().length];
    }

    private String line(Kind kind) {
        StringBuilder line = new StringBuilder();
        int words = kind == Kind.LONG_WORDS ? 2 : 1 + random.nextInt(12);
        for (int i = 0; i < words; i++) {
            Kind of = kind == Kind.ALL ? Kind.values()[random.nextInt(Kind.ALL.ordinal())] : kind;
            int length = kind == Kind.LONG_WORDS ? 85 + random.nextInt(30) : 1 + random.nextInt(9);
            for (int c = 0; c < length; c++) {
                line.appendCodePoint(character(of));
            }
            line.append(random.nextInt(4) == 0 ? ", " : " ");
        }
        String text = line.toString();
        return switch (random.nextInt(3)) { // accents as one character and as two
            case 0 -> Normalizer.normalize(text, Normalizer.Form.NFC);
            case 1 -> Normalizer.normalize(text, Normalizer.Form.NFD);
            default -> text;
        };
    }

    private int character(Kind kind) {
        int range = random.nextInt(kind.ranges.length / 2);
        int from = kind.ranges[2 * range];
        return from + random.nextInt(kind.ranges[2 * range + 1] - from + 1);
    }

    /**
     * A vocabulary for lines: special pieces, the characters of their words alone and inside a word, and some pairs, so that
     * longer pieces go first.
     *
     * @param gaps whether every eleventh character is left out, so that some words are unknown
     */
    static Map<String, Integer> vocabulary(List<String> lines, boolean gaps) {
        Set<String> characters = new TreeSet<>();
        Set<String> pairs = new TreeSet<>();
        for (String line : lines) {
            String plain = Normalizer.normalize(line, Normalizer.Form.NFD).toLowerCase(java.util.Locale.ROOT);
            int[] points = plain.codePoints()
                    .filter(c -> !Character.isSpaceChar(c) && !Character.isISOControl(c))
                    .toArray();
            for (int i = 0; i < points.length; i++) {
                characters.add(Character.toString(points[i]));
                if (i > 0 && (points[i - 1] * 31 + points[i]) % 5 == 0) {
                    pairs.add(Character.toString(points[i - 1]) + Character.toString(points[i]));
                }
            }
        }
        Set<String> pieces = new LinkedHashSet<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        int n = 0;
        for (String piece : characters) {
            if (n++ % 11 != 10 || !gaps) {
                pieces.add(piece);
                pieces.add("##" + piece);
            }
        }
        for (String pair : pairs) {
            pieces.add((n++ % 2 == 0 ? "" : "##") + pair);
        }
        Map<String, Integer> ids = new TreeMap<>();
        for (String piece : pieces) {
            ids.put(piece, ids.size());
        }
        return ids;
    }
}
