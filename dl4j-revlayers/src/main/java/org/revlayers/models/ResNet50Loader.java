package org.revlayers.models;

import java.io.IOException;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.weights.KerasResNet50;
import org.revlayers.weights.TensorSource;

/** {@link ResNet50} with Keras's weights, as {@link Pretrained#resNet50} gives it. */
final class ResNet50Loader {

    private ResNet50Loader() {}

    static ComputationGraph load(TensorSource source, ResNet50 model) throws IOException {
        KerasResNet50.check(source);
        ComputationGraph net = model.init();
        return PlainStart.read(source, () -> filled(source, model, net));
    }

    private static ComputationGraph filled(TensorSource source, ResNet50 model, ComputationGraph net)
            throws IOException {
        for (String name : KerasResNet50.convolutions()) {
            Map<String, INDArray> convolution = net.getLayer(name).paramTable();
            WeightCopy.put(convolution, "W", KerasResNet50.kernel(source, name));
            WeightCopy.putVector(convolution, "b", KerasResNet50.bias(source, name));
            String of = KerasResNet50.norm(name);
            Map<String, INDArray> norm = net.getLayer(of).paramTable();
            WeightCopy.putVector(norm, "gamma", source.read(of + "/gamma"));
            WeightCopy.putVector(norm, "beta", source.read(of + "/beta"));
            WeightCopy.putVector(norm, "mean", source.read(of + "/moving_mean"));
            WeightCopy.putVector(norm, "var", source.read(of + "/moving_variance"));
        }
        if (model.getClasses() == KerasResNet50.CLASSES) {
            Map<String, INDArray> head = net.getLayer("output").paramTable();
            WeightCopy.put(head, "W", KerasResNet50.headW(source));
            WeightCopy.putVector(head, "b", KerasResNet50.headB(source));
        }
        return net;
    }
}
