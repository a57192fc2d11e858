package org.revlayers.internal.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.Lean;
import org.revlayers.keep.Memory;
import org.revlayers.layers.Compare;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;

/** Residual blocks of recurrent layers inside wrappers, and of attention over sequences. */
class WrappedSequencesTest {

    @ParameterizedTest
    @EnumSource(Bidirectional.Mode.class)
    void bidirectionalLayersKeepTheirShape(Bidirectional.Mode mode) {
        int n = mode == Bidirectional.Mode.CONCAT ? 2 : 4;
        ComputationGraph net = ReportReasonsTest.sequences(
                new Bidirectional(mode, ReportReasonsTest.lstm(n)), new Bidirectional(mode, ReportReasonsTest.lstm(n)));
        var result = Lean.convert(net, Memory.reversible());
        assertEquals(1, result.report().chains().size(), () -> result.report().toString());
    }

    @Test
    void stockSelfAttentionKeepsItsShape() {
        SelfAttentionLayer attention = new SelfAttentionLayer.Builder()
                .nIn(4)
                .nOut(4)
                .nHeads(2)
                .headSize(2)
                .projectInput(true)
                .build();
        ComputationGraph net = ReportReasonsTest.sequences(attention, attention.clone());
        assertEquals(1, Lean.convert(net, Memory.reversible()).report().chains().size());
    }

    @Test
    void weightNoiseInsideAWrapperIsSeen() {
        LSTM noisy = ReportReasonsTest.lstm(4);
        noisy.setWeightNoise(new DropConnect(0.5));
        String reason = ReportReasonsTest.refusal(ReportReasonsTest.sequences(
                new Bidirectional(Bidirectional.Mode.ADD, noisy), ReportReasonsTest.lstm(4)));
        assertTrue(reason.contains("\"f0\" has weight noise"), reason);
    }

    @Test
    void wrappersThatAreConvertedShareNothingWithTheNetwork() {
        Bidirectional both = new Bidirectional(Bidirectional.Mode.ADD, ReportReasonsTest.lstm(4));
        ComputationGraph net = ReportReasonsTest.sequences(both, new MaskZeroLayer(ReportReasonsTest.lstm(4), -1));
        INDArray x = Nd4j.linspace(DataType.FLOAT, -1, 0.1, 24).reshape(2, 4, 3);
        INDArray before = net.outputSingle(x).dup();
        String json = net.getConfiguration().toJson();
        var options = Memory.reversible(CoefficientSchedule.constant(1, 0)).mode(ChainMode.STORE);
        ComputationGraph chains = Lean.convert(net, options).network();
        Compare.near(before, chains.outputSingle(x), 1e-5, "chains");
        assertEquals(json, net.getConfiguration().toJson());
        Compare.same(before, Lean.restore(chains).outputSingle(x), "restored");
        assertEquals(
                "f0",
                ((Bidirectional) net.getLayer("f0").conf().getLayer()).getFwd().getLayerName());
    }

    /** M2.1 says of global pooling that a sequence stays one. */
    @Test
    void poolingOverTimeDoesNotKeepTheShape() {
        assertFalse(ShapeProbe.keeps(List.of(ReportReasonsTest.lstm(4), new GlobalPoolingLayer(PoolingType.MAX))));
    }
}
