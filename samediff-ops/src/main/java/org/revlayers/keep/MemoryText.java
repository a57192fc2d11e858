package org.revlayers.keep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@link Memory} as text:
 *
 * <pre>
 *   memory   = unit {" otherwise " unit | " at " name " " unit | " except " name {"," name}}
 *   unit     = (kind ["=" setting {"," setting}] | "(" memory ")") ["+" unit]
 *   name     = characters without blanks, commas and parentheses, or any in double quotes
 * </pre>
 *
 * <p>What stands behind "+" lives inside. Settings: {@link MemorySettings}.
 */
final class MemoryText {

    private static final Pattern TOKEN = Pattern.compile("\\s*(\"[^\"]*\"|[()+,=]|[^\\s()+,=\"]+)");

    private final String text;
    private final Deque<String> tokens = new ArrayDeque<>();

    MemoryText(String text) {
        this.text = text.strip();
        Matcher matcher = TOKEN.matcher(this.text);
        int at = 0;
        while (at < this.text.length() && matcher.find(at) && matcher.start() == at) {
            tokens.add(matcher.group(1));
            at = matcher.end();
        }
        if (at < this.text.length() || tokens.isEmpty()) {
            throw wrong("cannot be read" + (tokens.isEmpty() ? "" : " from \"" + this.text.substring(at) + "\" on"));
        }
    }

    Memory memory() {
        Memory memory = all();
        if (!tokens.isEmpty()) {
            throw wrong("has \"" + tokens.peek() + "\" behind its end");
        }
        return memory;
    }

    private Memory all() {
        Memory memory = unit();
        while (!tokens.isEmpty() && !tokens.peek().equals(")")) {
            String word = tokens.pop();
            switch (word) {
                case "otherwise" -> memory = memory.otherwise(unit());
                case "at" -> {
                    String name = name();
                    memory = memory.at(name, unit());
                }
                case "except" -> {
                    memory = memory.except(name());
                    while (skip(",")) {
                        memory = memory.except(name());
                    }
                }
                default -> throw wrong("has \"" + word + "\" where otherwise, at or except could be");
            }
        }
        return memory;
    }

    private Memory unit() {
        Memory memory;
        if (skip("(")) {
            memory = all();
            if (!skip(")")) {
                throw wrong("lacks a closing parenthesis");
            }
        } else {
            String word = next();
            memory = kind(word);
            if (skip("=")) {
                List<String> settings = new ArrayList<>();
                do {
                    settings.add(next());
                } while (skip(","));
                settings.sort(Comparator.comparingInt(MemorySettings::order)); // the others stay in their order
                for (String setting : settings) {
                    memory = MemorySettings.set(memory, setting);
                }
                validate(memory);
            }
        }
        return skip("+") ? memory.inside(unit()) : memory;
    }

    private void validate(Memory memory) {
        try {
            memory.chain().schedule().validate();
        } catch (IllegalArgumentException e) {
            throw wrong("has a schedule that cannot be: " + e.getMessage());
        }
    }

    private Memory kind(String word) {
        for (Memory.Kind kind : Memory.Kind.values()) {
            if (label(kind).equalsIgnoreCase(word)) {
                return Memory.of(kind);
            }
        }
        throw wrong("has \"" + word + "\" where one of "
                + java.util.Arrays.stream(Memory.Kind.values())
                        .map(MemoryText::label)
                        .collect(Collectors.joining(", "))
                + " is meant");
    }

    private String name() {
        String name = next();
        return name.startsWith("\"") ? name.substring(1, name.length() - 1) : name;
    }

    private boolean skip(String token) {
        boolean there = token.equals(tokens.peek());
        if (there) {
            tokens.pop();
        }
        return there;
    }

    private String next() {
        if (tokens.isEmpty()) {
            throw wrong("ends too early");
        }
        return tokens.pop();
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("the memory \"" + text + "\" " + what
                + ": write checkpoint, razor=0.9,int8 or reversible+approx otherwise checkpoint, say");
    }

    private static String label(Memory.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String of(Memory memory) {
        StringBuilder text = new StringBuilder(simple(memory));
        if (memory.otherwise() != null) {
            text.append(" otherwise ").append(nested(memory.otherwise()));
        }
        memory.at()
                .forEach((name, own) ->
                        text.append(" at ").append(quoted(name)).append(' ').append(nested(own)));
        if (!memory.excepted().isEmpty()) {
            text.append(" except ")
                    .append(memory.excepted().stream().map(MemoryText::quoted).collect(Collectors.joining(",")));
        }
        return text.toString();
    }

    private static String simple(Memory memory) {
        String settings = String.join(",", MemorySettings.of(memory));
        return label(memory.kind())
                + (settings.isEmpty() ? "" : "=" + settings)
                + (memory.inside() == null ? "" : "+" + nested(memory.inside()));
    }

    private static String nested(Memory memory) {
        boolean simple = memory.otherwise() == null
                && memory.at().isEmpty()
                && memory.excepted().isEmpty();
        return simple ? simple(memory) : "(" + of(memory) + ")";
    }

    private static String quoted(String name) {
        return name.matches("[^\\s()+,=\"]+") ? name : '"' + name + '"';
    }
}
