package org.revlayers.backend;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Set;
import org.nd4j.autodiff.samediff.InferenceFactory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;

/**
 * ND4J's own inference sessions, with ND4J's own array cache, which takes back only what it has given out. In M2.1 the session hands it the array of a
 * placeholder that it has cast to another type, and a later call computes into the caller's array. Whoever sets {@code inferencefactory.class} or binds a
 * factory has that one.
 */
public final class CarefulInferenceFactory implements InferenceFactory {

    /**
     * Makes it the factory of graphs unless somebody has bound another one or the settings name one. SameDiff reads the settings when its class is
     * initialised, which may be before ND4J has loaded ours; that initialisation needs nothing of ND4J, so that it may be waited for here.
     */
    static void bind() {
        if (SameDiff.getInferenceFactory().getClass() == SameDiff.DefaultInferenceFactory.class) {
            SameDiff.bindInferenceFactory(new CarefulInferenceFactory());
        }
    }

    @Override
    public InferenceSession create(SameDiff graph) {
        InferenceSession session = new InferenceSession(graph);
        session.setMmgr(new OwnArrays());
        return session;
    }

    private static final class OwnArrays extends ArrayCacheMemoryMgr {

        private final Set<Key> out = new HashSet<>();
        private final ReferenceQueue<INDArray> collected = new ReferenceQueue<>();

        @Override
        public INDArray allocate(boolean detached, DataType type, long... shape) {
            return noted(super.allocate(detached, type, shape));
        }

        @Override
        public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
            return noted(super.allocate(detached, descriptor));
        }

        private INDArray noted(INDArray array) {
            for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
                out.remove(gone);
            }
            out.add(new Key(array, collected));
            return array;
        }

        @Override
        public void release(INDArray array) {
            if (out.remove(new Key(array, null))) {
                super.release(array);
            }
        }
    }

    /** By identity, where arrays compare contents; an array that the caller has dropped goes. */
    private static final class Key extends WeakReference<INDArray> {

        private final int hash;

        Key(INDArray array, ReferenceQueue<INDArray> queue) {
            super(array, queue);
            hash = System.identityHashCode(array);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Key key && get() != null && get() == key.get();
        }
    }
}
