package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;

/**
 * The same layers twice, with the same parameters: as DL4J implements them, one after another without workspaces, and as a container
 * runs them.
 */
final class Twin {

    static final Pass TRAINING = new Pass(true, 3, 1, 42, null);

    /** What a forward and a backward give. */
    record Step(INDArray out, INDArray dx, List<INDArray> gradients) {}

    InnerNetwork network;
    Kept kept = new Kept();
    final List<INDArray> parameters = new ArrayList<>();
    final List<INDArray> gradients = new ArrayList<>();
    private final List<org.deeplearning4j.nn.api.Layer> stock = new ArrayList<>();
    private final List<INDArray> stockGradients = new ArrayList<>();
    private final DataType type;

    Twin(DataType type, HostChoice hosts, Layer... layers) {
        this(type, hosts, layer -> Keeping.DENSE, layers);
    }

    Twin(DataType type, HostChoice hosts, Function<Layer, Keeping> keeping, Layer... layers) {
        this.type = type;
        List<Layer> configurations = new ArrayList<>();
        NeuralNetConfiguration conf = null;
        for (Layer layer : layers) {
            conf = new NeuralNetConfiguration.Builder()
                    .seed(5)
                    .dataType(type)
                    .layer(layer)
                    .build();
            configurations.add(conf.getLayer());
            long length = layer.initializer().numParams(layer);
            INDArray view = length == 0 ? null : Nd4j.create(type, 1, length);
            org.deeplearning4j.nn.api.Layer instance =
                    layer.clone().instantiate(conf.clone(), List.of(), 0, view, true, type);
            if (view != null) {
                view.addi(uniform(type, length, 1, length).muli(0.2));
                INDArray gradient = Nd4j.valueArrayOf(new long[] {1, length}, 77, type);
                instance.setBackpropGradientsViewArray(gradient);
                stockGradients.add(gradient);
                gradients.add(Nd4j.valueArrayOf(new long[] {1, length}, 88, type));
                parameters.add(view.dup());
            } else {
                stockGradients.add(null);
                gradients.add(null);
                parameters.add(null);
            }
            stock.add(instance);
        }
        InnerLayers.Setting setting = new InnerLayers.Setting(conf, type, 0, false, hosts).with(keeping);
        network = InnerLayers.network(configurations, parameters, setting);
        network.setGradients(gradients);
    }

    /** Whether the container's layers can all have images with the channels last. */
    boolean canTurn() {
        return network.canHaveChannelsLast();
    }

    /** Has them so from now on, whether they gain by it or not. */
    Twin turned() {
        network.haveChannelsLast();
        List<InnerLayer> layers = new ArrayList<>(network.layers());
        layers.add(0, AxisOrder.TO_LAST);
        layers.add(AxisOrder.TO_FIRST);
        network = network.with(layers);
        network.setGradients(gradients);
        return this;
    }

    /** Each backward follows its forward at once from now on. */
    void near() {
        kept = Kept.near();
    }

    /** Numbers from 0 to 1, the same for the same seed. */
    static INDArray uniform(DataType type, long seed, long... shape) {
        Random random = new Random(seed);
        long length = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        double[] values = new double[(int) length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextDouble();
        }
        return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
    }

    /** Numbers around 0.2 with a spread of one. */
    static INDArray normal(DataType type, long seed, long... shape) {
        Random random = new Random(seed);
        long length = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        double[] values = new double[(int) length];
        for (int i = 0; i < length; i++) {
            values[i] = 0.2 + random.nextGaussian();
        }
        return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
    }

    Step stock(INDArray x, INDArray dy, boolean training) {
        LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
        INDArray at = x.dup();
        for (org.deeplearning4j.nn.api.Layer layer : stock) {
            layer.setIterationCount(TRAINING.iteration());
            layer.setEpochCount(TRAINING.epoch());
            layer.setInputMiniBatchSize((int) x.size(0));
            layer.setInput(at.dup('c'), none);
            at = layer.activate(training, none);
        }
        INDArray out = at.dup('c');
        INDArray gradient = dy == null ? null : dy.dup();
        for (int i = stock.size() - 1; i >= 0 && dy != null; i--) {
            gradient = stock.get(i).backpropGradient(gradient.dup('c'), none).getSecond();
        }
        return new Step(out, gradient == null ? null : gradient.dup('c'), copies(stockGradients));
    }

    Step inner(INDArray x, INDArray dy, Pass pass) {
        kept.begin();
        INDArray out = Nd4j.createUninitialized(type, network.outputShape(x.shape()));
        network.forward(x, out, pass, kept);
        INDArray dx = Nd4j.createUninitialized(type, x.shape());
        network.backward(x, network.readsOutput() ? out : null, dy, dx, pass, kept);
        return new Step(out, dx, copies(gradients));
    }

    INDArray output(INDArray x, Pass pass) {
        INDArray out = Nd4j.createUninitialized(type, network.outputShape(x.shape()));
        network.forward(x, out, pass);
        return out;
    }

    private static List<INDArray> copies(List<INDArray> arrays) {
        List<INDArray> copies = new ArrayList<>();
        arrays.forEach(a -> copies.add(a == null ? null : a.dup()));
        return copies;
    }
}
