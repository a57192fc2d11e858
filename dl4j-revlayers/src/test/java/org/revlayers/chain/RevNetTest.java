package org.revlayers.chain;

import static org.revlayers.layers.Tolerances.DOUBLE_ORDER;
import static org.revlayers.layers.Tolerances.FLOAT_ORDER;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;

/** A chain at (α, β) = (0, 1) is RevNet (Gomez et al. 2017), written here as the paper has it: y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁). */
class RevNetTest {

    private static final int PAIRS = 3;
    private static final int BATCH = 4;

    /** The paper's network with F(x) = tanh(x·W + b), its activations stored. */
    private static final class RevNet {
        private final List<INDArray> weights = new ArrayList<>();
        private final List<INDArray> biases = new ArrayList<>();
        private final List<INDArray> inputs = new ArrayList<>();
        private final List<INDArray> values = new ArrayList<>();
        private final List<INDArray> gradients = new ArrayList<>();

        private INDArray f(INDArray x) {
            int i = inputs.size();
            INDArray value = Transforms.tanh(x.mmul(weights.get(i)).addRowVector(biases.get(i)));
            inputs.add(x);
            values.add(value);
            return value;
        }

        INDArray[] forward(INDArray x1, INDArray x2) {
            INDArray a = x1;
            INDArray b = x2;
            for (int i = 0; i < PAIRS; i++) {
                a = a.add(f(b));
                b = b.add(f(a));
            }
            return new INDArray[] {a, b};
        }

        /** The gradient of the input of f number i. */
        private INDArray df(int i, INDArray dy) {
            INDArray du = dy.mul(values.get(i).mul(values.get(i)).rsub(1));
            gradients.add(0, du.sum(0));
            gradients.add(0, inputs.get(i).transpose().mmul(du));
            return du.mmul(weights.get(i).transpose());
        }

        INDArray[] backward(INDArray d1, INDArray d2) {
            INDArray a = d1;
            INDArray b = d2;
            for (int i = PAIRS - 1; i >= 0; i--) {
                a = a.add(df(2 * i + 1, b));
                b = b.add(df(2 * i, a));
            }
            return new INDArray[] {a, b};
        }
    }

    private static MultiLayerNetwork chain(DataType type, StreamStart start, StreamMerge merge, ChainMode mode) {
        ReversibleChain.Builder chain =
                new ReversibleChain.Builder().start(start).merge(merge).mode(mode);
        for (int i = 0; i < 2 * PAIRS; i++) {
            chain.subBlock(SubBlock.of(
                    "f" + i,
                    new DenseLayer.Builder()
                            .nOut(start == StreamStart.SPLIT ? ChainNets.FEATURES / 2 : ChainNets.FEATURES)
                            .activation(Activation.TANH)
                            .build()));
        }
        return ChainNets.net(chain.build(), type, InputType.feedForward(ChainNets.FEATURES), o -> {});
    }

    @ParameterizedTest
    @CsvSource({"DOUBLE,REVERSE", "FLOAT,REVERSE", "DOUBLE,CHECKPOINT"})
    void splitInputs(DataType type, ChainMode mode) {
        MultiLayerNetwork net = chain(type, StreamStart.SPLIT, StreamMerge.CONCAT, mode);
        INDArray x = ChainNets.flatData(type, BATCH).getFeatures();
        RevNet paper = paper(net);
        INDArray[] y = paper.forward(half(x, 0), half(x, 1));
        INDArray dy = Nd4j.hstack(y).muli(0.3).subi(0.1);
        INDArray[] dx = paper.backward(half(dy, 0), half(dy, 1));
        check(net, x, Nd4j.hstack(y), dy, Nd4j.hstack(dx), paper);
    }

    @ParameterizedTest
    @CsvSource({"DOUBLE,X_ONLY", "FLOAT,X_ONLY", "DOUBLE,AVERAGE", "DOUBLE,CONCAT"})
    void duplicatedInputs(DataType type, StreamMerge merge) {
        MultiLayerNetwork net = chain(type, StreamStart.BETA_X0, merge, ChainMode.REVERSE);
        INDArray x = ChainNets.flatData(type, BATCH).getFeatures();
        RevNet paper = paper(net);
        INDArray[] y = paper.forward(x, x);
        INDArray out = merge == StreamMerge.X_ONLY
                ? y[1]
                : merge == StreamMerge.AVERAGE ? y[0].add(y[1]).muli(0.5) : Nd4j.hstack(y);
        INDArray dy = out.mul(0.3).subi(0.1);
        INDArray[] dx = merge == StreamMerge.X_ONLY
                ? paper.backward(dy.like(), dy)
                : merge == StreamMerge.AVERAGE
                        ? paper.backward(dy.mul(0.5), dy.mul(0.5))
                        : paper.backward(half(dy, 0), half(dy, 1));
        check(net, x, out, dy, dx[0].add(dx[1]), paper);
    }

    private static RevNet paper(MultiLayerNetwork net) {
        RevNet paper = new RevNet();
        for (int i = 0; i < 2 * PAIRS; i++) {
            paper.weights.add(net.getParam("0_f" + i + ".0.W"));
            paper.biases.add(net.getParam("0_f" + i + ".0.b"));
        }
        return paper;
    }

    private static INDArray half(INDArray x, int which) {
        long half = x.size(1) / 2;
        return x.get(NDArrayIndex.all(), NDArrayIndex.interval(which * half, (which + 1) * half));
    }

    private static void check(MultiLayerNetwork net, INDArray x, INDArray out, INDArray dy, INDArray dx, RevNet paper) {
        double tolerance = x.dataType() == DataType.DOUBLE ? DOUBLE_ORDER : FLOAT_ORDER;
        net.initGradientsView();
        Layer layer = net.getLayer(0);
        layer.setInput(x, LayerWorkspaceMgr.noWorkspaces());
        Compare.near(out, layer.activate(true, LayerWorkspaceMgr.noWorkspaces()), tolerance, "output");
        var back = layer.backpropGradient(dy, LayerWorkspaceMgr.noWorkspaces());
        Compare.near(dx, back.getSecond(), tolerance, "input gradient");
        for (int i = 0; i < 2 * PAIRS; i++) {
            String name = "f" + i + ".0.";
            INDArray dw = back.getFirst().getGradientFor(name + "W");
            INDArray db = back.getFirst().getGradientFor(name + "b");
            Compare.near(paper.gradients.get(2 * i), dw, tolerance, name + "W");
            Compare.near(paper.gradients.get(2 * i + 1).reshape(db.shape()), db, tolerance, name + "b");
        }
    }
}
