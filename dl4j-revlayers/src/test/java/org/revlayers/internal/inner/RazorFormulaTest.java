package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.inner.RazorLayers.IMAGE;
import static org.revlayers.internal.inner.RazorLayers.norm;
import static org.revlayers.internal.inner.RazorLayers.razor;
import static org.revlayers.internal.inner.RazorLayers.relu;
import static org.revlayers.internal.inner.RazorLayers.thinned;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.function.Curve;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** Layers whose gradients are approximate follow their formulas. */
class RazorFormulaTest {

    /** The gradient's formula on thinned z, with the exact statistics, the ReLU from its own bits. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.9})
    void batchNormalisationFollowsTheFormula(double prune) {
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(prune), relu(), norm(), relu());
        INDArray x = Twin.normal(DataType.DOUBLE, 1, IMAGE);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, IMAGE);
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        INDArray in = x.mul(x.gt(0).castTo(DataType.DOUBLE));
        INDArray gamma = twin.parameters.get(1).reshape(16).get(NDArrayIndex.interval(0, 4));
        INDArray mean = in.mean(0, 2, 3);
        INDArray rstd = Transforms.sqrt(in.var(false, 0, 2, 3).add(1e-5).rdiv(1));
        INDArray z = thinned(in.sub(perChannel(mean)).mul(perChannel(rstd)), prune);
        INDArray g = dy.mul(step.out().gt(0).castTo(DataType.DOUBLE));
        INDArray gz = g.mul(z);
        INDArray dx = g.sub(perChannel(g.mean(0, 2, 3))).sub(z.mul(perChannel(gz.mean(0, 2, 3))));
        dx.muli(perChannel(gamma.mul(rstd))).muli(x.gt(0).castTo(DataType.DOUBLE));
        Compare.near(dx, step.dx(), 1e-12, "dx");
        INDArray flat = step.gradients().get(1).reshape(16);
        for (int c = 0; c < 4; c++) {
            assertEquals(gz.sum(0, 2, 3).getDouble(c), flat.getDouble(c), 1e-12, "dGamma");
            assertEquals(g.sum(0, 2, 3).getDouble(c), flat.getDouble(4 + c), 1e-12, "dBeta");
        }
    }

    private static INDArray perChannel(INDArray values) {
        return values.reshape(1, 4, 1, 1).broadcast(IMAGE);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"SWISH", "GELU"},
            value = Activation.class)
    void twoBitsFollowTheFormula(Activation activation) {
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0.9), new ActivationLayer(activation));
        INDArray x = Twin.normal(DataType.DOUBLE, 1, IMAGE).muli(5);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, IMAGE);
        INDArray dx = twin.inner(x, dy, Twin.TRAINING).dx();
        double scale = activation == Activation.GELU ? 1.702f : 1;
        boolean[] seen = new boolean[4];
        for (long i = 0; i < x.length(); i++) {
            int code = 0;
            for (double knot : Curve.SILU.getKnots()) {
                code += x.getDouble(i) * scale > knot ? 1 : 0;
            }
            seen[code] = true;
            assertEquals(dy.getDouble(i) * Curve.SILU.level(code), dx.getDouble(i), 1e-12);
        }
        assertTrue(seen[0] && seen[1] && seen[2] && seen[3], "all four codes occur");
    }

    @Test
    void halfOfAnActivationsInputIsNearlyExact() {
        for (Activation activation : List.of(Activation.TANH, Activation.GELU, Activation.SWISH)) {
            Layer[] layers = {relu(), new ActivationLayer(activation), relu()};
            INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
            INDArray dy = Twin.normal(DataType.FLOAT, 2, IMAGE);
            Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
            Twin half = new Twin(
                    DataType.FLOAT, HostChoice.OWN, razor(0.9, RazorValues.INT8, ActivationMemory.FP16), layers);
            INDArray expected = plain.inner(x, dy, Twin.TRAINING).dx();
            INDArray actual = half.inner(x, dy, Twin.TRAINING).dx();
            Compare.near(expected, actual, 5e-3, activation.toString());
            Compare.different(expected, actual, activation.toString());
        }
    }
}
