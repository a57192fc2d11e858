package org.revlayers.examples.finetune;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.revlayers.examples.data.BatchIterator;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.keep.Memory;

/** A pretrained model, its data, and how to build the network that is fine-tuned: the same start for every method. */
interface Task {

    /** Of the model that was chosen; fetches what it needs. */
    static Task of(Fetch fetch, FinetuneOptions options) throws IOException {
        return switch (options.model) {
            case HIERA_TINY -> new HieraTask(fetch, options);
            case MINILM -> new MiniLmTask(fetch, options);
            case VIT -> new VitTask(options);
            case RESNET50 -> new ResNet50Task(fetch, options);
        };
    }

    /** Model and data in one line. */
    String describe();

    /** Whether there is something to do once for all methods. */
    default boolean isPrepared() {
        return false;
    }

    /** Does it, where it has not been done. */
    default void prepare() throws IOException {}

    /** Training batches, in an order that depends on the seed alone. */
    BatchIterator train(long seed) throws IOException;

    /** Test batches, in order. */
    BatchIterator test() throws IOException;

    /** The network with its pretrained weights and a fresh head, trained by Adam at this rate. */
    Model network(Memory memory, WarmUpSchedule rate, long seed) throws IOException;

    /** What there is to say before the training, a line each. */
    default List<String> warnings() {
        return List.of();
    }

    /** A learning rate that suits the model. */
    double learningRate();
}
