package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.keep.Memory;

/** A pretrained model, its data, and how to build the network that is fine-tuned: the same start for every method. */
interface Task {

    /** Model and data in one line. */
    String describe();

    /** Training batches, in an order that depends on the seed alone. */
    BatchIterator train(long seed);

    /** Test batches, in order. */
    BatchIterator test();

    /** The network with its pretrained weights and a fresh head, trained by Adam at this rate. */
    Model network(Memory memory, WarmUpSchedule rate, long seed) throws IOException;

    /** What there is to say before the training, a line each. */
    default List<String> warnings() {
        return List.of();
    }

    /** A learning rate that suits the model. */
    double learningRate();
}
