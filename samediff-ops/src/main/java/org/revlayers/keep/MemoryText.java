package org.revlayers.keep;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@link Memory} as text:
 *
 * <pre>
 *   memory   = unit {" otherwise " unit | " at " name " " unit | " except " name {"," name}}
 *   unit     = (kind ["=" setting {"," setting}] | "(" memory ")") ["+" unit]
 *   name     = characters without blanks, commas and parentheses, or any in double quotes, a double quote as two
 * </pre>
 *
 * <p>{@code offload} is short for {@code store=disk}. What stands behind "+" lives inside. Of several {@code otherwise} each is of what those in front of it cannot be done with. Settings: {@link
 * MemorySettings}.
 */
final class MemoryText {

    private static final Pattern TOKEN = Pattern.compile("\\s*(\"(?:[^\"]++|\"\")*+\"|[()+,=]|[^\\s()+,=\"]+)");

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
            memory = kind(next());
            if (skip("=")) {
                memory = with(memory);
            }
        }
        boolean inside = skip("+");
        if (inside && memory.inside() != null) {
            throw wrong("says twice what lives inside");
        }
        return inside ? memory.inside(unit()) : memory;
    }

    private Memory with(Memory plain) {
        List<String> settings = new ArrayList<>();
        do {
            settings.add(next());
        } while (skip(","));
        Set<String> said = new HashSet<>();
        for (String setting : settings) {
            for (String what : new SettingReader(setting).about()) {
                if (!said.add(what)) {
                    throw wrong("says " + what + " twice, again with \"" + setting + "\"");
                }
            }
        }
        settings.sort(Comparator.comparingInt(
                setting -> new SettingReader(setting).order())); // the others stay in their order
        Memory memory = plain;
        for (String setting : settings) {
            try {
                memory = new SettingReader(setting).set(memory);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "the memory \"" + text + "\" has the setting \"" + setting + "\": " + e.getMessage(), e);
            }
        }
        validate(memory);
        return memory;
    }

    private void validate(Memory memory) {
        try {
            memory.chain().schedule().validate();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the memory \"" + text + "\" has a schedule that cannot be: " + e.getMessage(), e);
        }
    }

    private Memory kind(String word) {
        if (word.equalsIgnoreCase("offload")) {
            return Memory.offload();
        }
        for (Memory.Kind kind : Memory.Kind.values()) {
            if (label(kind).equalsIgnoreCase(word)) {
                return Memory.of(kind);
            }
        }
        throw wrong("has \"" + word + "\" where one of "
                + java.util.Arrays.stream(Memory.Kind.values())
                        .map(MemoryText::label)
                        .collect(Collectors.joining(", "))
                + " or offload is meant");
    }

    private String name() {
        String name = next();
        return name.startsWith("\"") ? name.substring(1, name.length() - 1).replace("\"\"", "\"") : name;
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
        for (Memory next = memory.otherwise(); next != null; next = next.otherwise()) {
            text.append(" otherwise ").append(next.hasRules() ? nested(next) : simple(next));
            if (next.hasRules()) {
                break; // what is behind it is in the parentheses
            }
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
        return memory.otherwise() == null && !memory.hasRules() ? simple(memory) : "(" + of(memory) + ")";
    }

    private static String quoted(String name) {
        boolean plain = name.matches("[^\\s()+,=\"]+") && name.equals(name.strip());
        return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
    }
}
