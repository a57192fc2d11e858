package org.revlayers.examples.bench;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.chain.CoefficientSchedule;
import org.revlayers.convert.Reversify;
import org.revlayers.examples.TrainingMethod;
import org.revlayers.listeners.MemoryListener;
import org.revlayers.memory.MemoryReport;
import org.revlayers.models.VisionTransformer;

/** A DL4J network, ours or stock, measured by the listener. */
final class NetworkContestant implements Contestant {

    static final double LEARNING_RATE = 0.01;

    private final Runnable fit;
    private final MemoryListener listener;
    private final long restBytes;

    private NetworkContestant(Runnable fit, MemoryListener listener, long restBytes) {
        this.fit = fit;
        this.listener = listener;
        this.restBytes = restBytes;
    }

    static NetworkContestant revlayers(VitShape shape, TrainingMethod method, CoefficientSchedule coefficients) {
        DataSet data = shape.data();
        MultiLayerNetwork built = VisionTransformer.builder()
                .size(shape.size())
                .depth(shape.depth())
                .height(shape.image())
                .width(shape.image())
                .classes(VitShape.CLASSES)
                .method(method.base())
                .updater(new Sgd(LEARNING_RATE))
                .build()
                .init();
        MultiLayerNetwork net = method.converts()
                ? Reversify.convert(built, method.conversion(coefficients)).network()
                : built;
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        return new NetworkContestant(
                () -> net.fit(data),
                listener,
                restBytes(net.params(), net.getUpdater().getStateViewArray()));
    }

    static NetworkContestant stock(VitShape shape) {
        DataSet data = shape.data();
        ComputationGraph net = StockDl4jVit.build(shape, new Sgd(LEARNING_RATE));
        MemoryListener listener = new MemoryListener();
        net.addListeners(listener);
        return new NetworkContestant(
                () -> net.fit(data),
                listener,
                restBytes(net.params(), net.getUpdater().getStateViewArray()));
    }

    private static long restBytes(INDArray params, INDArray updaterState) {
        long state = updaterState == null ? 0 : updaterState.length();
        return (2 * params.length() + state) * Float.BYTES;
    }

    @Override
    public void step() {
        fit.run();
    }

    @Override
    public Memory memory() {
        MemoryReport report = listener.report();
        return new Memory(report.keptBytes(), report.peakBytes());
    }

    @Override
    public long restBytes() {
        return restBytes;
    }
}
