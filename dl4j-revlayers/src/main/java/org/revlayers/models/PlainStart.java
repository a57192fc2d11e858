package org.revlayers.models;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;
import org.revlayers.Lean;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.keep.Memory;
import org.revlayers.weights.TensorSource;

/** A plain network that gets a file's weights before it is converted, where its memory asks for a conversion. */
record PlainStart(Memory memory) {

    /** Reads tensors; what a file of another model makes go wrong is told as such. */
    static <T> T read(TensorSource source, ForeignFile.Reading<T> reading) throws IOException {
        return ForeignFile.within(source.file(), "use the file of a matching model", reading);
    }

    /** A model with random weights, to be given the file's, as it is before a conversion. */
    MultiLayerNetwork fresh(TokenModel.TokenModelBuilder<?, ?> model, IUpdater updater, long seed) {
        return model.memory(plain()).updater(updater).seed(seed).build().init();
    }

    /** What a network is built as before a conversion. */
    Memory plain() {
        return isConverted() ? Memory.store() : memory;
    }

    /** The network as it is to be, with weights. */
    MultiLayerNetwork finished(MultiLayerNetwork net) {
        return isConverted() ? Lean.convert(net, memory).network() : net;
    }

    /** Whether more than single layers is concerned. */
    private boolean isConverted() {
        return memory.sharesNorms()
                || memory.hasRules()
                || memory.onDisk()
                || memory.kind() == Memory.Kind.CHECKPOINT
                || memory.kind() == Memory.Kind.REVERSIBLE;
    }
}
