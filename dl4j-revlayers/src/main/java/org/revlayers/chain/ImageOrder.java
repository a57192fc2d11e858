package org.revlayers.chain;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.inner.AxisOrder;
import org.revlayers.internal.memory.Arena;

/** Where a chain's images have their channels. */
enum ImageOrder {
    /** Where Deeplearning4j has them, or there are no images. */
    AS_GIVEN,
    /** Last between the chain's edges, where they are turned. */
    LAST_INSIDE,
    /** Last, and so they come and go. */
    LAST;

    /** Whether they are last inside. */
    boolean isLast() {
        return this != AS_GIVEN;
    }

    private boolean turns() {
        return this == LAST_INSIDE;
    }

    /** A shape outside as it is inside. */
    long[] inside(long... shape) {
        return turns() ? AxisOrder.TO_LAST.of(shape) : shape;
    }

    /** A shape inside as it is outside. */
    long[] outside(long... shape) {
        return turns() ? AxisOrder.TO_FIRST.of(shape) : shape;
    }

    /** An array from outside as it is inside: itself, or a copy in scratch memory. */
    INDArray inside(INDArray outer, Arena.Scratch scratch) {
        INDArray room = room(outer, scratch);
        if (room != outer) {
            AxisOrder.TO_LAST.write(outer, room);
        }
        return room;
    }

    /** Where what an array outside is to hold can be written: itself, or scratch memory. */
    INDArray room(INDArray outer, Arena.Scratch scratch) {
        return turns() ? scratch.take(outer.dataType(), inside(outer.shape())) : outer;
    }

    /** Writes what is in an array's {@link #room} to the array. */
    void outside(INDArray room, INDArray outer) {
        if (room != outer) {
            AxisOrder.TO_FIRST.write(room, outer);
        }
    }
}
