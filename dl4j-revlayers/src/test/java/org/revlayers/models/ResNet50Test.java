package org.revlayers.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.revlayers.Lean;
import org.revlayers.chain.ChainHost;
import org.revlayers.convert.Conversion;
import org.revlayers.convert.ConversionReport;
import org.revlayers.convert.Sample;
import org.revlayers.keep.Memory;
import org.revlayers.reversible.ChainMode;

/** ResNet-50 with random weights at 64 px: shapes, and the whole way to chains and back; takes a minute. */
@Tag("slow")
class ResNet50Test {

    /** Softmax of a network 50 layers deep, other hosts against DL4J's. */
    private static final double ROUNDING = 1e-5;

    private static final long VALUES_WITHOUT_HEAD = 25_636_712L - 2049 * 1000;

    @Test
    void becomesChainsAndComesBack() {
        ComputationGraph net = ResNet50.builder()
                .classes(10)
                .imageSize(64)
                .updater(new Sgd(1e-3))
                .build()
                .init();
        assertEquals(VALUES_WITHOUT_HEAD + 2049 * 10, net.numParams());
        INDArray x = ResNet50.preprocess(RealWeightsTest.image(64).mul(80).addi(127.5));
        DataSet data = new DataSet(Nd4j.concat(0, x, x.mul(0.5)), Nd4j.eye(10).get(NDArrayIndex.interval(3, 5)));
        net.fit(data); // running statistics of the data
        assertArrayEquals(
                new long[] {1, 2048, 2, 2},
                net.feedForward(x, false).get("res5c_branch").shape());
        Conversion<ComputationGraph> result = Lean.convert(net, Memory.reversible(), Sample.of(x));
        assertEquals(4, result.report().chains().size());
        assertEquals(
                List.of("short2a_branch", "short3a_branch", "short4a_branch", "short5a_branch"),
                result.report().left().stream()
                        .filter(left -> left.reason().contains("(a projection)"))
                        .map(ConversionReport.Left::name)
                        .toList());
        Set<String> named = new TreeSet<>();
        result.report().chains().forEach(chain -> named.addAll(chain.members()));
        result.report().left().forEach(left -> named.add(left.name()));
        assertEquals(new TreeSet<>(net.getConfiguration().getVertices().keySet()), named);
        assertEquals(
                0,
                result.report().comparison().plain(),
                ROUNDING,
                result.report().toString());
        ComputationGraph reverse = Lean.convert(net, Memory.reversible())
                .network(); // not the one above, whose streams have got their scale from the sample
        ComputationGraph store =
                Lean.convert(net, Memory.reversible().mode(ChainMode.STORE)).network();
        reverse.fit(data);
        store.fit(data);
        assertEquals(1, ((ChainHost) reverse.getLayer("chain3")).verifiedReconstructions());
        assertTrue(reverse.params().equalsWithEps(store.params(), 0));
        ComputationGraph back = Lean.restore(reverse);
        assertEquals(net.numParams(), back.numParams());
        assertEquals(reverse.getParam("output_W"), back.getParam("output_W"));
    }
}
