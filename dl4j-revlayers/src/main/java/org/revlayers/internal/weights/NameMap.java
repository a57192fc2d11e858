package org.revlayers.internal.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.files.WeightsFileException;
import org.revlayers.weights.TensorSource;

/** What the name maps share: finding out a model's depth, missing and extra names, and turning matrices round. */
final class NameMap {

    /** Names in a message. */
    private static final int MOST_NAMES = 8;

    private NameMap() {}

    /** Number of blocks: one more than the largest number in the pattern's first group; 0 if none matches. */
    static int depth(TensorSource source, Pattern pattern) {
        int depth = 0;
        for (String name : source.names()) {
            Matcher m = pattern.matcher(name);
            if (m.lookingAt()) {
                String digits = m.group(1);
                depth = Math.max(depth, digits.length() > 8 ? Integer.MAX_VALUE : Integer.parseInt(digits) + 1);
            }
        }
        return depth;
    }

    /** The same, for a file whose blocks are there: every block has several tensors. */
    static int checkedDepth(TensorSource source, Pattern pattern) throws WeightsFileException {
        int depth = depth(source, pattern);
        if (depth > source.names().size()) {
            throw new WeightsFileException(
                    source.file(),
                    "numbers a block " + (depth == Integer.MAX_VALUE ? "over 99999999" : depth - 1) + " but has only "
                            + source.names().size() + " tensors",
                    "use the file of a matching model");
        }
        return depth;
    }

    /** The first prefix under which {@code name} exists. */
    static String prefix(TensorSource source, String name, String... prefixes) {
        for (String p : prefixes) {
            if (source.names().contains(p + name)) {
                return p;
            }
        }
        WeightsFileException broken = new WeightsFileException(
                source.file(),
                "has no tensor \"" + prefixes[0] + name + "\"",
                "use the file of a matching model (names() lists what it has)");
        throw new IllegalArgumentException(broken.getMessage(), broken);
    }

    /**
     * Compares a file's names with a model's.
     *
     * @param optional names that may be there and are not used
     * @throws WeightsFileException with the missing and the extra names, some of many
     */
    static void check(TensorSource source, String model, Collection<String> required, Predicate<String> optional)
            throws WeightsFileException {
        Set<String> missing = new TreeSet<>(required);
        missing.removeAll(source.names());
        Set<String> extra = new TreeSet<>(source.names());
        extra.removeAll(new HashSet<>(required));
        extra.removeIf(optional);
        List<String> broken = new ArrayList<>();
        if (!missing.isEmpty()) {
            broken.add(missing.size() + " missing " + some(missing));
        }
        if (!extra.isEmpty()) {
            broken.add(extra.size() + " extra " + some(extra));
        }
        if (!broken.isEmpty()) {
            throw new WeightsFileException(
                    source.file(),
                    "the tensors must be those of " + model + ": " + String.join(", ", broken),
                    "use the file of a matching model, or rename its tensors");
        }
    }

    /** All of a few names; of many the first and the last ones. */
    private static String some(Set<String> names) {
        List<String> all = List.copyOf(new ArrayList<>(names));
        int half = MOST_NAMES / 2;
        return all.size() <= MOST_NAMES
                ? all.toString()
                : "[" + String.join(", ", all.subList(0, half)) + ", ..., "
                        + String.join(", ", all.subList(all.size() - half, all.size())) + "]";
    }

    /** {@code prefix0suffix, prefix0suffix2, ..., prefix1suffix, ...} */
    static List<String> expand(String prefix, int depth, String... suffixes) {
        return IntStream.range(0, depth)
                .boxed()
                .flatMap(i -> Arrays.stream(suffixes).map(s -> prefix + i + s))
                .toList();
    }

    /** Each name with {@code .weight} and {@code .bias}. */
    static String[] weightAndBias(String... names) {
        return Arrays.stream(names)
                .flatMap(n -> Stream.of(n + ".weight", n + ".bias"))
                .toArray(String[]::new);
    }

    /** The {@code weight} under a name as {@code [in, out]}, C order: PyTorch writes {@code [out, in]}. */
    static INDArray matrix(TensorSource source, String name) {
        return turned(source.read(name + ".weight"));
    }

    /** {@code [out, in]} to {@code [in, out]}, C order. */
    @SuppressWarnings("try")
    static INDArray turned(INDArray matrix) {
        try (var none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return matrix.transpose().dup('c');
        }
    }

    /** Joins arrays along their last axis, C order. */
    @SuppressWarnings("try")
    static INDArray joined(INDArray... arrays) {
        try (var none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray out = Nd4j.concat(arrays[0].rank() - 1, arrays);
            return out.ordering() == 'c' ? out : out.dup('c');
        }
    }
}
