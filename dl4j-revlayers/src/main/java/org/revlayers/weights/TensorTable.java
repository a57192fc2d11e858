package org.revlayers.weights;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A file of tensors that was listed when it was opened.
 *
 * @param <E> what the list says of a tensor: at least its {@link TensorInfo}
 */
abstract class TensorTable<E> implements TensorSource {

    /** The file. */
    final Path file;

    /** By name, in the file's order. */
    final Map<String, E> tensors;

    private final Function<E, TensorInfo> info;

    TensorTable(Path file, Map<String, E> tensors, Function<E, TensorInfo> info) {
        this.file = file;
        this.tensors = tensors;
        this.info = info;
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    @Override
    public TensorInfo info(String name) {
        return info.apply(entry(name));
    }

    /**
     * What the list says of a tensor.
     *
     * @throws IllegalArgumentException when there is no such tensor
     */
    final E entry(String name) {
        E entry = tensors.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(file + " has no tensor \"" + name + "\"; names() lists what it has");
        }
        return entry;
    }
}
