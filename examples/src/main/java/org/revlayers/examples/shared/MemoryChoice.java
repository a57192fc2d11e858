package org.revlayers.examples.shared;

import java.util.List;
import org.revlayers.keep.Memory;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What can be said on the command line about the method memory. */
public final class MemoryChoice {

    private static final String NAME = "--memory";

    @Option(
            names = NAME,
            converter = Converter.class,
            description = {
                "memory: how activations are kept, in words as Lean.convert takes them, such as checkpoint, razor=0.9,int8, or",
                "'reversible=over:2000,stem otherwise checkpoint'"
            })
    private Memory memory;

    /** The options' names. */
    public static String[] names() {
        return new String[] {NAME};
    }

    /** As they were given, to be handed on. */
    public List<String> arguments() {
        return memory == null ? List.of() : List.of(NAME + "=" + memory);
    }

    /** Throws an error that names what is missing if the method is among those that are asked for. */
    public void check(List<TrainingMethod> methods) {
        check(memory, methods);
    }

    /** The same for words that were read elsewhere. */
    public static void check(Memory memory, List<TrainingMethod> methods) {
        UsageException.unless(
                memory != null || !methods.contains(TrainingMethod.MEMORY),
                "--method memory needs --memory WORDS, such as --memory checkpoint");
    }

    /** Null if it was not given. */
    public Memory memory() {
        return memory;
    }

    /** Reads {@code reversible+approx otherwise checkpoint} and the like. */
    public static final class Converter implements ITypeConverter<Memory> {
        @Override
        public Memory convert(String text) {
            try {
                return Memory.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
