package org.revlayers.layers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.function.Curve;
import org.revlayers.function.Norm;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;

/** The gradient with saving is the gradient without: exactly, or by the formula of the approximation. */
class SavingTest {

    private static INDArray gradient(Layer layer, WorkspaceMode mode, DataType type, INDArray mask) {
        LayerCase layerCase = LayerCase.tokens("", () -> layer.clone());
        MultiLayerNetwork net = layerCase.net(type, o -> o.trainingWorkspaceMode(mode));
        DataSet data = layerCase.data(type, 2, 1);
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.setLayerMaskArrays(mask, null);
        net.computeGradientAndScore();
        return net.getFlattenedGradients().dup();
    }

    static Stream<Arguments> exactPairs() {
        return Stream.of(
                pair("recompute", LayerCase.block(), LayerCase.block().memory(Memory.recompute()), true),
                pair(
                        "recompute, post-LN, SiLU",
                        LayerCase.block().postNorm(true).curve(Curve.SILU),
                        LayerCase.block().postNorm(true).curve(Curve.SILU).memory(Memory.recompute()),
                        true),
                pair("probabilities", LayerCase.block(), LayerCase.block().keepProbabilities(true), false));
    }

    private static Arguments pair(
            String name, TransformerBlock.Builder plain, TransformerBlock.Builder saving, boolean bits) {
        return Arguments.of(name, plain.build(), saving.build(), bits);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("exactPairs")
    void gradientWithSavingIsGradientWithout(String name, Layer plain, Layer saving, boolean bits) {
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}});
        for (WorkspaceMode mode : List.of(WorkspaceMode.NONE, WorkspaceMode.ENABLED)) {
            for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
                for (INDArray m : new INDArray[] {null, mask}) {
                    double order = type == DataType.FLOAT ? Tolerances.FLOAT_ORDER : Tolerances.DOUBLE_ORDER;
                    Compare.near(
                            gradient(plain, mode, type, m),
                            gradient(saving, mode, type, m),
                            bits ? 0 : order,
                            name + " in " + type + ", workspaces " + mode + (m == null ? "" : ", masked"));
                }
            }
        }
    }

    @Test
    void memorySharingNormsAreNormsWithGainOne() {
        for (Norm norm : Norm.values()) {
            TransformerBlock affine = LayerCase.block().norm(norm, 1e-6).build();
            TransformerBlock sharing =
                    LayerCase.block().norm(norm, 1e-6).memorySharingNorm(true).build();
            sharesGradients(affine, sharing);
        }
        sharesGradients(new LayerNormalization.Builder().build(), new MemorySharingLayerNorm.Builder().build());
    }

    /** Copies the parameters that both have: gains start at one and shifts at zero. */
    private static void sharesGradients(Layer affine, Layer sharing) {
        MultiLayerNetwork a = LayerCase.tokens("", () -> affine).net(DataType.DOUBLE, o -> {});
        LayerCase layerCase = LayerCase.tokens("", () -> sharing);
        MultiLayerNetwork s = layerCase.net(DataType.DOUBLE, o -> {});
        s.paramTable().forEach((name, value) -> value.assign(a.getParam(name)));
        DataSet data = layerCase.data(DataType.DOUBLE, 3, 1);
        Compare.near(
                a.output(data.getFeatures()),
                s.output(data.getFeatures()),
                Tolerances.DOUBLE_ORDER,
                "output of " + sharing);
        var expected = a.calculateGradients(data.getFeatures(), data.getLabels(), null, null)
                .getFirst();
        var actual = s.calculateGradients(data.getFeatures(), data.getLabels(), null, null)
                .getFirst();
        actual.gradientForVariable()
                .forEach((name, g) ->
                        Compare.near(expected.getGradientFor(name), g, Tolerances.DOUBLE_ORDER, "gradient of " + name));
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void twoBitsFollowTheFormula(Curve curve) {
        var mlp = new TransformerMlp.Builder(12)
                .nOut(LayerCase.FEATURES)
                .curve(curve)
                .activationMemory(ActivationMemory.TWO_BIT)
                .build();
        MultiLayerNetwork net = LayerCase.tokens("", () -> mlp).net(DataType.DOUBLE, o -> {});
        net.initGradientsView();
        var layer = net.getLayer(1);
        layer.getParam("fc1W").muli(8); // so that all four codes occur
        INDArray x = Nd4j.randn(DataType.DOUBLE, 20, LayerCase.FEATURES);
        INDArray dy = Nd4j.randn(DataType.DOUBLE, 20, LayerCase.FEATURES);
        layer.setInput(x, LayerWorkspaceMgr.noWorkspaces());
        layer.activate(true, LayerWorkspaceMgr.noWorkspaces());
        var result = layer.backpropGradient(dy, LayerWorkspaceMgr.noWorkspaces());

        INDArray u = x.mmul(layer.getParam("fc1W")).addRowVector(layer.getParam("fc1B"));
        INDArray du = dy.mmul(layer.getParam("fc2W").transpose()).dup('c');
        for (long i = 0; i < u.size(0); i++) {
            for (long j = 0; j < u.size(1); j++) {
                int code = 0;
                for (double knot : curve.getKnots()) {
                    code += u.getDouble(i, j) >= knot ? 1 : 0;
                }
                du.putScalar(i, j, du.getDouble(i, j) * curve.level(code));
            }
        }
        var gradients = result.getFirst();
        near(x.transpose().mmul(du), gradients.getGradientFor("fc1W"), "fc1W");
        near(du.sum(0), gradients.getGradientFor("fc1B"), "fc1B");
        near(dy.sum(0), gradients.getGradientFor("fc2B"), "fc2B");
        near(du.mmul(layer.getParam("fc1W").transpose()), result.getSecond(), "input");
    }

    private static void near(INDArray expected, INDArray actual, String what) {
        Compare.near(expected.reshape(actual.shape()), actual, 10 * Tolerances.DOUBLE_ORDER, "gradient of " + what);
    }

    @Test
    void twoBitsPointTheSameWay() {
        for (boolean post : new boolean[] {false, true}) {
            INDArray exact =
                    gradient(LayerCase.block().postNorm(post).build(), WorkspaceMode.ENABLED, DataType.DOUBLE, null);
            INDArray approximate = gradient(
                    LayerCase.block()
                            .postNorm(post)
                            .activationMemory(ActivationMemory.TWO_BIT)
                            .build(),
                    WorkspaceMode.ENABLED,
                    DataType.DOUBLE,
                    null);
            double cosine = Compare.cosine(exact, approximate);
            assertTrue(cosine > Tolerances.APPROXIMATE_COSINE && cosine < 1, () -> "cosine " + cosine);
        }
    }
}
