package org.revlayers.internal.backend;

import java.util.HashSet;
import java.util.Set;
import org.nd4j.autodiff.samediff.internal.memory.AbstractMemoryMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of a session: those of which an op has made a view stay until the end of the run, for ND4J does not track who reads the view. */
abstract class SessionArrays extends AbstractMemoryMgr {

    private final Set<Long> viewed = new HashSet<>();

    @Override
    public final INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
        return descriptor.isEmpty()
                ? Nd4j.create(descriptor)
                : allocate(detached, descriptor.dataType(), descriptor.getShape());
    }

    /** Takes an array back. Arrays that are not from here are left to their owner; those that are viewed stay. */
    @Override
    public final void release(INDArray array) {
        if (!viewed.contains(array.getId())) {
            takeBack(array);
        }
    }

    /** Takes an array back, unless it is not from here. */
    abstract void takeBack(INDArray array);

    /** Keeps an array until the run is over: there is a view of it. */
    final void holdForView(INDArray array) {
        viewed.add(array.getId());
    }

    /** The run is over. */
    final void forgetViews() {
        viewed.clear();
    }
}
