package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.*;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_CHAIN;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_RAZOR;
import static org.revlayers.matrix.NamedNetwork.of;
import static org.revlayers.matrix.Shelf.*;
import static org.revlayers.matrix.Sketch.*;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.*;
import org.deeplearning4j.nn.conf.graph.rnn.*;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.*;
import org.deeplearning4j.nn.conf.layers.misc.*;
import org.deeplearning4j.nn.conf.layers.recurrent.*;
import org.deeplearning4j.nn.conf.layers.util.*;
import org.deeplearning4j.nn.conf.layers.variational.*;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.MultiDataSet;

/** Networks on sequences: recurrent layers, 1-D convolutions, attention, masks, both layouts. */
final class SequenceNetworks {

    private static final List<NamedNetwork> ALL = new ArrayList<>();

    private SequenceNetworks() {}

    private static void net(
            String name,
            Function<DataType, Model> make,
            Function<DataType, MultiDataSet> batch,
            NamedNetwork.Trait... t) {
        ALL.add(of(name, make, batch, t));
    }

    @SuppressWarnings("deprecation") // Graves' layers are what older networks have
    static List<NamedNetwork> all() {
        ALL.clear();
        InputType rnn = InputType.recurrent(4);
        net(
                "lstm-residual-no-type",
                t -> new Sketch(t, "in")
                        .layer("r0", lstm(), "in")
                        .add("s0", "r0", "in")
                        .layer("r1", lstm(), "s0")
                        .add("s1", "r1", "s0")
                        .layer(
                                "out",
                                new RnnOutputLayer.Builder()
                                        .dataFormat(RNNFormat.NCW)
                                        .nIn(4)
                                        .nOut(2)
                                        .activation(Activation.SOFTMAX)
                                        .build(),
                                "s1")
                        .net(),
                Shelf::seq,
                NO_RAZOR);
        net("lstm-residual", t -> lstmGraph(t, lstm(), lstm(), rnn), Shelf::seq, NO_RAZOR);
        net("lstm-residual-masked", t -> lstmGraph(t, lstm(), lstm(), rnn), Shelf::masked, NO_RAZOR);
        net(
                "lstm-residual-nwc",
                t -> lstmGraph(t, lstm(), lstm(), InputType.recurrent(4, 7, RNNFormat.NWC)),
                t -> new MultiDataSet(
                        wave(t, B, 7, 4), sequences(t, B, 2, 7).permute(0, 2, 1).dup('c')),
                NO_RAZOR);
        net(
                "graves-residual",
                t -> lstmGraph(
                        t,
                        new GravesLSTM.Builder().nIn(4).nOut(4).build(),
                        new GravesLSTM.Builder().nIn(4).nOut(4).build(),
                        rnn),
                Shelf::seq,
                NO_RAZOR);
        net(
                "graves-bidirectional",
                t -> lstmGraph(
                        t,
                        new GravesBidirectionalLSTM.Builder().nIn(4).nOut(4).build(),
                        new GravesBidirectionalLSTM.Builder().nIn(4).nOut(4).build(),
                        rnn),
                Shelf::seq,
                NO_RAZOR);
        net(
                "simple-rnn",
                t -> lstmGraph(
                        t,
                        new SimpleRnn.Builder().nIn(4).nOut(4).build(),
                        new SimpleRnn.Builder().nIn(4).nOut(4).build(),
                        rnn),
                Shelf::seq,
                NO_RAZOR);
        net(
                "bidirectional-add",
                t -> lstmGraph(
                        t,
                        new Bidirectional(Bidirectional.Mode.ADD, lstm()),
                        new Bidirectional(Bidirectional.Mode.ADD, lstm()),
                        rnn),
                Shelf::seq,
                NO_RAZOR);
        net(
                "bidirectional-concat",
                t -> lstmGraph(
                        t,
                        new Bidirectional(
                                Bidirectional.Mode.CONCAT,
                                new LSTM.Builder().nIn(4).nOut(2).build()),
                        new Bidirectional(
                                Bidirectional.Mode.CONCAT,
                                new LSTM.Builder().nIn(4).nOut(2).build()),
                        rnn),
                Shelf::seq,
                NO_RAZOR);
        net("self-attention-residual", t -> lstmGraph(t, att(), att(), InputType.recurrent(4, 7)), Shelf::seq);
        net("self-attention-masked", t -> lstmGraph(t, att(), att(), InputType.recurrent(4, 7)), Shelf::masked);
        net("conv1d-residual", t -> lstmGraph(t, c1(4), c1(4), InputType.recurrent(4, 7)), Shelf::seq);
        net("conv1d-residual-no-length", t -> lstmGraph(t, c1(4), c1(4), rnn), Shelf::seq);
        net(
                "last-time-step",
                t -> new Sketch(t, "in")
                        .layer("r0", lstm(), "in")
                        .add("s0", "r0", "in")
                        .layer("r1", lstm(), "s0")
                        .add("s1", "r1", "s0")
                        .layer("last", new LastTimeStep(lstm()), "s1")
                        .layer("d", dense(5), "last")
                        .layer("d2", dense(5), "d")
                        .layer("out", out(4), "d2")
                        .net(rnn),
                Shelf::seqClass);
        net(
                "last-time-step-vertex",
                t -> new Sketch(t, "in")
                        .layer("r0", lstm(), "in")
                        .add("s0", "r0", "in")
                        .layer("r1", lstm(), "s0")
                        .add("s1", "r1", "s0")
                        .vertex("last", new LastTimeStepVertex("in"), "s1")
                        .layer("d", dense(5), "last")
                        .layer("d2", dense(5), "d")
                        .layer("out", out(4), "d2")
                        .net(rnn),
                Shelf::seqClass);
        net(
                "duplicate-to-series",
                t -> new Sketch(t, "in")
                        .layer("r0", lstm(), "in")
                        .vertex("last", new LastTimeStepVertex("in"), "r0")
                        .vertex("dup", new DuplicateToTimeSeriesVertex("in"), "last")
                        .layer("r1", lstm(), "dup")
                        .add("s1", "r1", "dup")
                        .layer("r2", lstm(), "s1")
                        .add("s2", "r2", "s1")
                        .layer("out", rnnOut(), "s2")
                        .net(rnn),
                Shelf::seq,
                NO_RAZOR);
        net(
                "list-lstm",
                t -> list(t, rnn, lstm(), new LSTM.Builder().nOut(5).build(), rnnOut()),
                Shelf::seq,
                NO_CHAIN,
                NO_RAZOR);
        net(
                "list-lstm-last-dense",
                t -> list(t, rnn, lstm(), new LastTimeStep(lstm()), dense(5), dense(5), out(4)),
                Shelf::seqClass,
                NO_CHAIN);
        net(
                "list-rnn-dense-rnn",
                t -> list(t, InputType.recurrent(4, 7), lstm(), dense(5), dense(5), rnnOut()),
                Shelf::seq,
                NO_CHAIN);
        net(
                "list-conv1d-rnnout",
                t -> list(t, InputType.recurrent(4, 7), c1(4), c1(4), c1(4), rnnOut()),
                Shelf::seq,
                NO_CHAIN);
        net(
                "list-conv1d-pool",
                t -> list(
                        t,
                        InputType.recurrent(4, 7),
                        c1(8),
                        new Subsampling1DLayer.Builder(2, 2).build(),
                        c1(4),
                        new GlobalPoolingLayer(PoolingType.MAX),
                        out(4)),
                Shelf::seqClass,
                NO_CHAIN);
        net(
                "list-conv1d-masked",
                t -> list(t, InputType.recurrent(4, 7), c1(8), c1(4), rnnOut()),
                Shelf::masked,
                NO_CHAIN);
        net(
                "list-embedding-sequence",
                t -> list(
                        t,
                        InputType.feedForward(11),
                        new EmbeddingSequenceLayer.Builder()
                                .nIn(11)
                                .nOut(4)
                                .inputLength(7)
                                .build(),
                        c1(4),
                        c1(4),
                        new GlobalPoolingLayer(PoolingType.MAX),
                        out(4)),
                t -> new MultiDataSet(indices(t, 11, B, 7), classes(t, B, 4)),
                NO_CHAIN);
        net(
                "list-embedding",
                t -> list(
                        t,
                        InputType.feedForward(11),
                        new EmbeddingLayer.Builder().nIn(11).nOut(4).build(),
                        dense(4),
                        dense(4),
                        out(4)),
                t -> new MultiDataSet(indices(t, 11, B, 1), classes(t, B, 4)),
                NO_CHAIN);
        net(
                "list-time-distributed",
                t -> list(
                        t,
                        InputType.recurrent(4, 7),
                        new TimeDistributed(dense(4)),
                        new TimeDistributed(dense(4)),
                        rnnOut()),
                Shelf::seq,
                NO_CHAIN,
                NO_RAZOR);
        net(
                "list-mask-layers",
                t -> list(
                        t,
                        InputType.recurrent(4, 7),
                        c1(4),
                        new MaskLayer(),
                        c1(4),
                        new MaskZeroLayer(lstm(), 0),
                        rnnOut()),
                Shelf::masked,
                NO_CHAIN);
        net(
                "list-rnn-loss",
                t -> list(
                        t,
                        InputType.recurrent(4, 7),
                        c1(4),
                        c1(2),
                        new RnnLossLayer.Builder()
                                .activation(Activation.SOFTMAX)
                                .build()),
                Shelf::seq,
                NO_CHAIN);
        net(
                "list-recurrent-attention",
                t -> list(
                        t,
                        InputType.recurrent(4, 7),
                        c1(4),
                        c1(4),
                        new RecurrentAttentionLayer.Builder()
                                .nOut(4)
                                .nHeads(1)
                                .headSize(4)
                                .build(),
                        rnnOut()),
                Shelf::seq,
                NO_CHAIN);
        return List.copyOf(ALL);
    }
}
