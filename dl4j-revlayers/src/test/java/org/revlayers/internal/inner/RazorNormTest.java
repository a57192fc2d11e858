package org.revlayers.internal.inner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.revlayers.internal.inner.RazorLayers.razor;
import static org.revlayers.internal.inner.RazorLayers.relu;
import static org.revlayers.internal.inner.RazorLayers.thinned;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.container.RazorSequence;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Kept;
import org.revlayers.keep.ActivationMemory;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;
import org.revlayers.layers.Compare;
import org.revlayers.layers.LayerNormalization;
import org.revlayers.layers.MemorySharingLayerNorm;
import org.revlayers.layers.MemorySharingRmsNorm;
import org.revlayers.layers.RmsNormalization;

/** This library's norms as layers of their own behind others: what is thinned is the normalised z. */
class RazorNormTest {

    private static final long[] TOKENS = {3, 5, 8};

    static Stream<FeedForwardLayer> norms() {
        Stream<FeedForwardLayer> all = Stream.of(
                new LayerNormalization.Builder().build(),
                new RmsNormalization.Builder().build(),
                new MemorySharingLayerNorm.Builder().build(),
                new MemorySharingRmsNorm.Builder().build());
        return all.peek(norm -> {
            norm.setNIn(8);
            norm.setNOut(8);
        });
    }

    private static boolean centres(Layer norm) {
        return norm instanceof LayerNormalization || norm instanceof MemorySharingLayerNorm;
    }

    private static boolean scales(Layer norm) {
        return norm instanceof LayerNormalization || norm instanceof RmsNormalization;
    }

    private static INDArray mean(INDArray x) {
        return x.mean(true, 2).broadcast(x.shape());
    }

    @ParameterizedTest
    @MethodSource("norms")
    void followsTheFormula(Layer norm) {
        Twin twin = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0.6), relu(), norm);
        INDArray x = Twin.normal(DataType.DOUBLE, 1, TOKENS);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, TOKENS);
        Twin.Step step = twin.inner(x, dy, Twin.TRAINING);
        INDArray positive = x.gt(0).castTo(DataType.DOUBLE);
        INDArray in = x.mul(positive);
        INDArray centred = centres(norm) ? in.sub(mean(in)) : in;
        INDArray rstd = Transforms.sqrt(mean(centred.mul(centred)).add(1e-6).rdiv(1));
        INDArray z = thinned(centred.mul(rstd), 0.6);
        INDArray g = dy.dup();
        if (scales(norm)) {
            INDArray gamma =
                    twin.parameters.get(1).reshape(twin.parameters.get(1).length());
            for (int f = 0; f < 8; f++) {
                g.tensorAlongDimension(f, 0, 1).muli(gamma.getDouble(f));
            }
        }
        INDArray dx = g.sub(z.mul(mean(g.mul(z))));
        if (centres(norm)) {
            dx.subi(mean(g));
        }
        Compare.near(dx.mul(rstd).mul(positive), step.dx(), 1e-12, "dx");
        if (scales(norm)) {
            INDArray flat =
                    step.gradients().get(1).reshape(step.gradients().get(1).length());
            for (int f = 0; f < 8; f++) {
                assertEquals(dy.mul(z).sum(0, 1).getDouble(f), flat.getDouble(f), 1e-12, "dGamma");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("norms")
    void keepingEverythingIsExactAndForwardAlways(Layer norm) {
        INDArray x = Twin.normal(DataType.DOUBLE, 1, TOKENS);
        INDArray dy = Twin.normal(DataType.DOUBLE, 2, TOKENS);
        Twin.Step exact = new Twin(DataType.DOUBLE, HostChoice.OWN, relu(), norm).inner(x, dy, Twin.TRAINING);
        Twin.Step all = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0), relu(), norm).inner(x, dy, Twin.TRAINING);
        Twin.Step few = new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0.9), relu(), norm).inner(x, dy, Twin.TRAINING);
        Compare.near(exact.dx(), all.dx(), 1e-13, "dx");
        if (scales(norm)) {
            Compare.near(exact.gradients().get(1), all.gradients().get(1), 1e-13, "dGamma, dBeta");
        }
        Compare.same(exact.out(), few.out(), "output");
        Compare.different(exact.dx(), few.dx(), "dx");
        Layer still = new FrozenLayer(norm);
        Compare.near(
                exact.dx(),
                new Twin(DataType.DOUBLE, HostChoice.OWN, razor(0), relu(), still)
                        .inner(x, dy, Twin.TRAINING)
                        .dx(),
                1e-13,
                "dx of a frozen one");
    }

    /** Zeros for what was dropped of x itself would be 5 standard deviations off; of z they are the mean. */
    @Test
    void aMeanFarFromZeroDoesNoHarm() {
        Layer norm = norms().findFirst().orElseThrow();
        INDArray x = Twin.normal(DataType.FLOAT, 1, TOKENS).addi(5);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, TOKENS);
        INDArray exact = new Twin(DataType.FLOAT, HostChoice.OWN, relu(), norm)
                .inner(x, dy, Twin.TRAINING)
                .dx();
        INDArray dx = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.5), relu(), norm)
                .inner(x, dy, Twin.TRAINING)
                .dx();
        double cosine = Compare.cosine(exact, dx);
        assertTrue(cosine > 0.95 && cosine < 1, "cosine " + cosine);
    }

    @Test
    void hiddenTokensCountAsZero() {
        Layer norm = norms().findFirst().orElseThrow();
        INDArray x = Twin.normal(DataType.FLOAT, 1, TOKENS);
        INDArray mask = Nd4j.ones(DataType.FLOAT, 3, 5);
        mask.putScalar(0, 4, 0);
        INDArray dy = Twin.normal(DataType.FLOAT, 2, TOKENS);
        dy.tensorAlongDimension(4, 2).assign(0);
        INDArray other = x.dup();
        other.tensorAlongDimension(4, 2).muli(-3);
        Pass pass = Twin.TRAINING.masked(mask);
        Twin twin = new Twin(DataType.FLOAT, HostChoice.OWN, razor(0.9), relu(), norm);
        Twin.Step one = twin.inner(x, dy, pass);
        Compare.same(
                one.gradients().get(1), twin.inner(other, dy, pass).gradients().get(1), "dGamma, dBeta");
    }

    @Test
    void keepsWhatWasPredicted() {
        LayerNormalization norm = (LayerNormalization) norms().findFirst().orElseThrow();
        Twin twin = new Twin(
                DataType.FLOAT, HostChoice.OWN, razor(0.75, RazorValues.FP16, ActivationMemory.TWO_BIT), relu(), norm);
        INDArray x = Twin.normal(DataType.FLOAT, 1, TOKENS);
        twin.kept.begin();
        twin.network.forward(x, x.dup(), Twin.TRAINING, twin.kept);
        long values = 3 * (40 - 30 + 1) * 2;
        assertEquals(
                List.of("0/mask 15", "1/norm_rstd 60", "1/norm_bits 15", "1/norm_values " + values),
                twin.kept.entries().stream()
                        .map(e -> e.name() + " " + e.bytes())
                        .toList());
        long bytes = twin.kept.bytes();
        twin.kept.clear();
        RazorSequence sequence = new RazorSequence.Builder()
                .layers(relu(), norm)
                .memory(Memory.razor(0.75).values(RazorValues.FP16).fill(RazorFill.ZERO))
                .build();
        long predicted = sequence.predictKept(InputType.recurrent(8, 5, RNNFormat.NWC)).stream()
                .mapToLong(t -> t.bytes(3, 4))
                .sum();
        assertEquals(bytes, predicted);
        Kept passing = Kept.passing();
        passing.begin();
        twin.network.layers().get(1).forward(x, x.dup(), Twin.TRAINING, passing);
        assertTrue(passing.entries().stream().noneMatch(e -> e.name().contains("bits")), "a forward nobody goes back");
        passing.clear();
    }

    /** The network keeps what goes into a sequence, so that a norm that comes first is exact for nothing. */
    @Test
    void theFirstLayerOfASequenceReadsTheNetworksCopy() {
        RazorSequence sequence = new RazorSequence.Builder()
                .layers(norms().findFirst().orElseThrow(), relu())
                .build();
        assertTrue(sequence.predictKept(InputType.recurrent(8, 5, RNNFormat.NWC)).stream()
                .noneMatch(t -> t.name().contains("norm_bits")));
    }
}
