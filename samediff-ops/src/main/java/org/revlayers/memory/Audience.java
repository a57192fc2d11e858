package org.revlayers.memory;

import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;

/** A listener that does nothing. */
final class Audience extends BaseListener {

    @Override
    public boolean isActive(Operation operation) {
        return operation == Operation.TRAINING;
    }
}
