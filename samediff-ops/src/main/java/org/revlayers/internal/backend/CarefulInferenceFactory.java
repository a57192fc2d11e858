package org.revlayers.internal.backend;

import java.util.Collections;
import java.util.Set;
import org.nd4j.autodiff.samediff.InferenceFactory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.shade.guava.collect.MapMaker;

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

        /** By identity, where arrays compare contents; an array that the caller has dropped goes. */
        private final Set<INDArray> out =
                Collections.newSetFromMap(new MapMaker().weakKeys().makeMap());

        @Override
        public INDArray allocate(boolean detached, DataType type, long... shape) {
            return noted(super.allocate(detached, type, shape));
        }

        @Override
        public INDArray allocate(boolean detached, LongShapeDescriptor descriptor) {
            return noted(super.allocate(detached, descriptor));
        }

        private INDArray noted(INDArray array) {
            out.add(array);
            return array;
        }

        @Override
        public void release(INDArray array) {
            if (out.remove(array)) {
                super.release(array);
            }
        }
    }
}
