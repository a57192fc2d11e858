package org.revlayers.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.junit.jupiter.api.Test;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.chain.SubBlock;
import org.revlayers.container.CheckpointSequence;

class WrappersTest {

    private static Bidirectional both() {
        return new Bidirectional(
                Bidirectional.Mode.ADD, new LSTM.Builder().nIn(4).nOut(4).build());
    }

    private static Layer forward(Layer layer) {
        return ((Bidirectional) layer).getFwd();
    }

    /** M2.1's Bidirectional copies itself and shares both directions. */
    @Test
    void clonesOfContainersShareNothing() {
        CheckpointSequence sequence =
                new CheckpointSequence.Builder().layers(both()).build();
        CheckpointSequence copy = (CheckpointSequence) sequence.clone();
        assertNotSame(
                forward(sequence.getLayers().get(0)), forward(copy.getLayers().get(0)));
        ReversibleChain chain =
                new ReversibleChain.Builder().subBlock(SubBlock.of("b", both())).build();
        ReversibleChain twin = chain.clone();
        assertNotSame(
                forward(chain.getSubBlocks().get(0).getFunction().get(0)),
                forward(twin.getSubBlocks().get(0).getFunction().get(0)));
    }

    @Test
    void readsWhatTheWrappedLayerReads() {
        assertEquals(4, Wrappers.reads(new FrozenLayer(both())));
        assertEquals(0, Wrappers.reads(new GlobalPoolingLayer(PoolingType.MAX)));
    }

    @Test
    void frozenPoolingGivesVectorsToo() {
        assertEquals(
                InputType.feedForward(4),
                Layouts.output(
                        new FrozenLayer(new GlobalPoolingLayer(PoolingType.MAX)),
                        InputType.recurrent(4, 7, RNNFormat.NCW)));
    }
}
