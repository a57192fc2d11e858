package org.revlayers.internal.convert;

import java.util.List;

/** Layers of a network that become one thing. */
interface Planned {

    /** In the order in which they run. */
    List<String> vertices();

    /** Where the one thing stands: in place of this vertex. */
    default String start() {
        return vertices().get(0);
    }

    /** What is made. */
    String kind();

    /** Adds what is made; gives its name. */
    Built build(NetworkEdit<?> edit, GraphIndex graph);

    /**
     * What was made.
     *
     * @param name      of the layer
     * @param subBlocks of a chain; 0 otherwise
     */
    record Built(String name, int subBlocks) {}
}
