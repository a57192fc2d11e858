package org.revlayers.examples.bench;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.NeuralNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;

/** A DL4J network, of our layers or stock ones, measured by the listener. */
final class NetworkContestant implements Contestant {

    static final double LEARNING_RATE = 0.01;

    private final NeuralNetwork net;
    private final DataSet data;
    private final MemoryListener listener = new MemoryListener();

    private NetworkContestant(NeuralNetwork net, DataSet data) {
        this.net = net;
        this.data = data;
    }

    static <N extends Model & NeuralNetwork> NetworkContestant of(N net, DataSet data) {
        NetworkContestant contestant = new NetworkContestant(net, data);
        net.addListeners(contestant.listener);
        return contestant;
    }

    @Override
    public void step() {
        net.fit(data);
    }

    @Override
    public Memory memory() {
        MemoryReport report = listener.report();
        return new Memory(report.keptBytes(), report.peakBytes());
    }

    @Override
    public long restBytes() {
        INDArray state = net.updaterState();
        return (2 * net.params().length() + (state == null ? 0 : state.length())) * Float.BYTES;
    }
}
