package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.StreamStart;

/** Integer streams: their range is chosen, watched and reported; every reconstruction is proved, or blamed on a layer. */
class ChainExactStreamsTest {

    private static SubBlock dense(String name) {
        return SubBlock.of(
                name,
                new DenseLayer.Builder()
                        .nOut(ChainNets.FEATURES)
                        .activation(Activation.TANH)
                        .build());
    }

    private static ReversibleChain.Builder chain() {
        return new ReversibleChain.Builder()
                .name("body")
                .subBlock(dense("a"))
                .subBlock(dense("b"))
                .subBlock(dense("c"));
    }

    private static MultiLayerNetwork net(ReversibleChain chain) {
        return ChainNets.net(
                chain, DataType.FLOAT, InputType.feedForward(ChainNets.FEATURES), o -> o.updater(new Adam(0.01)));
    }

    private static ReversibleChain chain(MultiLayerNetwork net) {
        return (ReversibleChain) net.getLayer(0).conf().getLayer();
    }

    private static DataSet data() {
        return ChainNets.flatData(DataType.FLOAT, 4);
    }

    @ParameterizedTest
    @CsvSource({"1, 20", "30, 18", "200, 17", "0, 20"})
    void scaleIsChosenFromTheRange(double times, int scale) {
        MultiLayerNetwork net = net(chain().build());
        assertNull(chain(net).getStreamScale());
        DataSet data = data();
        data.getFeatures().muli(times);
        net.fit(data);
        int chosen = chain(net).getStreamScale();
        assertTrue(Math.abs(chosen - scale) <= 1, "at " + times + " times " + chosen);
        assertEquals(1, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
        assertEquals(9, chain(net(chain().streamScale(9).build())).getStreamScale());
    }

    @Test
    void overflowIsReportedAndNothingIsUpdated() {
        for (boolean inside : new boolean[] {false, true}) {
            MultiLayerNetwork net = net(chain().build());
            MultiLayerNetwork other = net(chain().build());
            net.fit(data());
            other.fit(data());
            INDArray before = net.params().dup();
            INDArray state = net.getUpdater().getStateViewArray().dup();
            long live = Arena.current().liveBytes();
            DataSet bad = data();
            if (inside) {
                // tanh cannot overflow, so a NaN in a weight
                net.getParam("0_b.0.W").putScalar(0, 0, Float.NaN);
                before = net.params().dup();
            } else {
                bad.getFeatures().muli(1e6);
            }
            String message =
                    assertThrows(ArithmeticException.class, () -> net.fit(bad)).getMessage();
            for (String part : List.of(
                    "chain \"body\"",
                    inside ? "sub-block \"b\"" : "its input",
                    "above 2048.0",
                    "nothing was updated",
                    "streamScale",
                    "StreamType.FLOAT")) {
                assertTrue(message.contains(part), part + " is not in: " + message);
            }
            Compare.same(before, net.params(), "parameters");
            Compare.same(state, net.getUpdater().getStateViewArray(), "updater state");
            assertEquals(1, net.getIterationCount());
            assertEquals(live, Arena.current().liveBytes(), "live bytes");
            net.setParams(other.params().dup());
            net.fit(data());
            other.fit(data());
            Compare.same(other.params(), net.params(), "the network goes on");
        }
    }

    @Test
    void theScaleFollowsAGrowingRange() {
        DataSet large = data();
        large.getFeatures().muli(200);
        for (Integer fixed : new Integer[] {null, 20}) {
            MultiLayerNetwork net = net(chain().streamScale(fixed).build());
            net.fit(data());
            assertEquals(20, chain(net).getStreamScale());
            net.fit(large);
            assertEquals(fixed == null ? 17 : 20, chain(net).getStreamScale(), "between steps");
            net.fit(large);
            net.fit(data());
            assertEquals(fixed == null ? 17 : 20, chain(net).getStreamScale(), "and not back");
            assertEquals(4, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
        }
    }

    @Test
    void aSmallerScaleWidensTheRange() {
        MultiLayerNetwork net = net(chain().build());
        net.fit(data());
        DataSet large = data();
        large.getFeatures().muli(1e4);
        assertThrows(ArithmeticException.class, () -> net.fit(large));
        INDArray output = net.output(large.getFeatures()).dup();
        assertEquals(4, output.sumNumber().doubleValue(), 1e-5, "inference is for any range");
        assertEquals(20, chain(net).getStreamScale(), "and leaves no trace");
        chain(net).setStreamScale(10);
        net.fit(large);
        assertEquals(2, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
    }

    @Test
    void statesThatAreNotExactInTheOutputAreKept() {
        DataSet data = data();
        data.getFeatures().muli(60); // 60·2²⁰ is above 2²⁴
        MultiLayerNetwork coarse = net(chain().streamScale(20).build());
        INDArray expected = ChainNets.gradient(ChainNets.net(coarse, c -> c.setMode(ChainMode.STORE)), data);
        Compare.same(expected, ChainNets.gradient(coarse, data), "gradients");
        assertEquals(1, ((ChainHost) coarse.getLayer(0)).verifiedReconstructions());
    }

    @ParameterizedTest
    @CsvSource({"RRR,1", "RSR,2", "CRR,1", "SRS,1", "CCS,0", "RRC,1"})
    void everyReconstructionIsProved(String modes, int runs) {
        ReversibleChain chain = chain().build();
        for (int i = 0; i < 3; i++) {
            char m = modes.charAt(i);
            chain.getSubBlocks()
                    .get(i)
                    .setMode(m == 'R' ? ChainMode.REVERSE : m == 'S' ? ChainMode.STORE : ChainMode.CHECKPOINT);
        }
        MultiLayerNetwork net = net(chain);
        net.fit(data());
        net.fit(data());
        assertEquals(2L * runs, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
        chain(net).setVerify(false);
        net.fit(data());
        assertEquals(2L * runs, ((ChainHost) net.getLayer(0)).verifiedReconstructions(), "switched off");
    }

    /** The identity and something that is never the same. */
    private static final class Unsteady extends BaseActivationFunction {
        private static final long serialVersionUID = 1L;
        private int calls;

        @Override
        public INDArray getActivation(INDArray in, boolean training) {
            return in.addi(1e-3 * ++calls);
        }

        @Override
        public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
            return new Pair<>(epsilon, null);
        }

        @Override
        public String toString() {
            return "unsteady";
        }
    }

    @Test
    void aLayerThatIsNotDeterministicIsNamed() {
        for (ChainMode first : List.of(ChainMode.REVERSE, ChainMode.STORE)) {
            MultiLayerNetwork net = net(new ReversibleChain.Builder()
                    .name("body")
                    .subBlock(dense("a").mode(first))
                    .subBlock(dense("b"))
                    .subBlock(SubBlock.of(
                            "c",
                            new DenseLayer.Builder().nOut(ChainNets.FEATURES).build(),
                            new ActivationLayer(new Unsteady())))
                    .start(StreamStart.ZERO)
                    .build());
            INDArray before = net.params().dup();
            long live = Arena.current().liveBytes();
            String message = assertThrows(IllegalStateException.class, () -> net.fit(data()))
                    .getMessage();
            for (String part : List.of(
                    "chain \"body\"",
                    "not applied",
                    "Not deterministic: sub-block \"c\", layer",
                    "(unsteady).",
                    "STORE")) {
                assertTrue(message.contains(part), part + " is not in: " + message);
            }
            Compare.same(before, net.params(), "parameters");
            assertEquals(live, Arena.current().liveBytes(), "live bytes");
        }
    }

    @Test
    void aLayerBehindMayWriteOverTheOutput() {
        MultiLayerNetwork net = net(chain().build());
        MultiLayerNetwork store = net(chain().mode(ChainMode.STORE).build());
        for (MultiLayerNetwork each : List.of(net, store)) {
            each.getLayer(1).conf().getLayer().setIDropout(new Dropout(0.5));
            for (int i = 0; i < 3; i++) {
                org.nd4j.linalg.factory.Nd4j.getRandom().setSeed(3 + i);
                each.fit(data());
            }
        }
        Compare.same(store.params(), net.params(), "parameters");
        assertEquals(3, ((ChainHost) net.getLayer(0)).verifiedReconstructions());
        assertTrue(chain(net).isOutputOverwritten());
    }
}
