package org.revlayers.internal.kernel;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The elements of an fp32 array, from its first on, for a library of JavaCPP's. It does not keep the array alive: {@link NativeCall}. */
public final class NativeElements extends FloatPointer {

    /** Of an array as its buffer has it, from its offset on. */
    public NativeElements(INDArray array) {
        super((Pointer) null);
        address = Buffers.address(array);
    }
}
