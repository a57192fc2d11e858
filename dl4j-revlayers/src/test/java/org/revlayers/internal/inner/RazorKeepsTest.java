package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.inner.RazorLayers.IMAGE;
import static org.revlayers.internal.inner.RazorLayers.ROWS;
import static org.revlayers.internal.inner.RazorLayers.convolution;
import static org.revlayers.internal.inner.RazorLayers.dense;
import static org.revlayers.internal.inner.RazorLayers.norm;
import static org.revlayers.internal.inner.RazorLayers.pooling;
import static org.revlayers.internal.inner.RazorLayers.razor;
import static org.revlayers.internal.inner.RazorLayers.relu;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Thinning;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;

/** What layers keep of their inputs when these are thinned. */
class RazorKeepsTest {

    private static List<String> keeps(Twin twin, long... shape) {
        INDArray x = Twin.normal(DataType.FLOAT, 1, shape);
        twin.kept.begin();
        twin.network.forward(
                x, Nd4j.createUninitialized(DataType.FLOAT, twin.network.outputShape(shape)), Twin.TRAINING, twin.kept);
        List<String> names = twin.kept.entries().stream()
                .map(e -> e.name() + " " + e.bytes())
                .toList();
        twin.kept.clear();
        return names;
    }

    @Test
    void bytesAreThoseOfTheFormula() {
        long n = 3 * 4 * 7 * 5;
        long room = 4 * 7 * 5 - (long) (4 * 7 * 5 * 0.9) + 1;
        String bits = " " + (n + 7) / 8;
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                razor(0.9, RazorValues.FP16, ActivationMemory.TWO_BIT),
                convolution(4, 4, 3),
                norm(),
                relu(),
                convolution(4, 4, 1),
                new ActivationLayer(Activation.GELU),
                convolution(4, 4, 1));
        assertEquals(
                List.of(
                        "input 2_bits" + bits,
                        "input 2_values " + 3 * room * 2,
                        "input 4_bits" + bits,
                        "input 4_values " + 3 * room * 2,
                        "1/mean 16",
                        "1/variance 16",
                        "1/z_bits" + bits,
                        "1/z_values " + 3 * room * 2,
                        "1/mask" + bits,
                        "3/code " + (n + 3) / 4),
                keeps(twin, IMAGE));
    }

    @Test
    void meansTakeABitPerElementAndTwoNumbersPerExample() {
        long n = 3 * 4 * 7 * 5;
        long room = 4 * 7 * 5 - (long) (4 * 7 * 5 * 0.9) + 1;
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                RazorLayers.razor(new Thinning(0.9, RazorValues.INT8, RazorFill.MEAN), ActivationMemory.TWO_BIT),
                convolution(4, 4, 3),
                convolution(4, 4, 1));
        assertEquals(
                List.of(
                        "input 1_bits " + (n + 7) / 8,
                        "input 1_values " + 3 * room,
                        "input 1_ranges " + 3 * 2 * Float.BYTES,
                        "input 1_positive " + (n + 7) / 8,
                        "input 1_means " + 3 * 2 * Float.BYTES),
                keeps(twin, IMAGE).stream()
                        .sorted(Comparator.comparing(RazorKeepsTest::order))
                        .toList());
    }

    private static int order(String entry) {
        return List.of("bits", "values", "ranges", "positive", "means")
                .indexOf(entry.substring(entry.indexOf('_') + 1, entry.lastIndexOf(' ')));
    }

    @Test
    void aForwardWithoutABackwardThinsNothing() {
        Twin twin = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                razor(0.9, RazorValues.FP16, ActivationMemory.TWO_BIT),
                convolution(4, 4, 3),
                norm());
        INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
        Kept passing = Kept.passing();
        passing.begin();
        twin.network.layers().get(1).forward(x, x.dup('c'), Twin.TRAINING, passing);
        assertEquals(
                List.of("mean", "variance"),
                passing.entries().stream().map(Kept.Entry::name).toList());
        passing.clear();
    }

    @Test
    void whatNobodyReadsIsNotKept() {
        assertEquals(
                List.of("1/mask 53"),
                keeps(
                        new Twin(
                                DataType.FLOAT,
                                HostChoice.OWN,
                                razor(0.9),
                                new FrozenLayer(convolution(4, 4, 3)),
                                new FrozenLayer(norm()),
                                relu(),
                                new FrozenLayer(convolution(4, 4, 3)),
                                pooling(PoolingType.AVG)),
                        IMAGE));
        Twin dense = new Twin(
                DataType.FLOAT,
                HostChoice.OWN,
                new FrozenLayer(dense(11, 9)),
                new FrozenLayer(dense(9, 6)),
                dense(6, 5),
                new FrozenLayer(dense(5, 4)));
        assertEquals(List.of("input 2 " + 3 * 6 * 4), keeps(dense, ROWS));
    }

    /** Where the user says so, a pooling that takes a norm takes that of x̂; the places of maxima need no input. */
    @Test
    void poolingReadsThinnedInputOnRequestOnly() {
        Layer[] layers = {new ActivationLayer(Activation.TANH), pooling(PoolingType.PNORM)};
        INDArray x = Twin.normal(DataType.FLOAT, 1, IMAGE);
        Keeper keeper = Keeper.thinned(new Thinning(0.9, RazorValues.FULL));
        Function<Layer, Keeping> all = layer -> new Keeping(keeper, keeper, ActivationMemory.DENSE, true);
        Twin plain = new Twin(DataType.FLOAT, HostChoice.OWN, layers);
        Twin thinned = new Twin(DataType.FLOAT, HostChoice.OWN, all, layers);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, plain.network.outputShape(IMAGE));
        Compare.different(
                plain.inner(x, dy, Twin.TRAINING).dx(),
                thinned.inner(x, dy, Twin.TRAINING).dx(),
                "dx");
        assertTrue(keeps(thinned, IMAGE).stream().anyMatch(name -> name.startsWith("input 1_bits")));
        assertTrue(keeps(new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), layers), IMAGE)
                .contains("input 1 " + 3 * 4 * 7 * 5 * 4));
    }
}
