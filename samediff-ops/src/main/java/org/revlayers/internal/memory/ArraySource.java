package org.revlayers.internal.memory;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where code that does not know its host gets an array for a moment: from an {@link Arena} or a step's memory in SameDiff. */
public interface ArraySource {

    /** An uninitialised array in C order. */
    INDArray take(DataType type, long... shape);

    /** Takes back an array that {@link #take} handed out. */
    void give(INDArray array);
}
