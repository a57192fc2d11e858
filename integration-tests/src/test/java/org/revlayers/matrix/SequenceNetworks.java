package org.revlayers.matrix;

import static org.revlayers.matrix.Batches.classes;
import static org.revlayers.matrix.Batches.indices;
import static org.revlayers.matrix.Batches.sequences;
import static org.revlayers.matrix.Batches.wave;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_CHAIN;
import static org.revlayers.matrix.NamedNetwork.Trait.NO_RAZOR;
import static org.revlayers.matrix.NamedNetwork.of;
import static org.revlayers.matrix.Shelf.*;
import static org.revlayers.matrix.Sketch.*;

import java.util.List;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.MultiDataSet;

/** Networks on sequences: recurrent layers, 1-D convolutions, attention, masks, both layouts. */
final class SequenceNetworks {

    private SequenceNetworks() {}

    @SuppressWarnings("deprecation") // Graves' layers are what older networks have
    static List<NamedNetwork> all() {
        InputType rnn = InputType.recurrent(4);
        InputType sevenSteps = InputType.recurrent(4, 7);
        return List.of(
                of(
                        "lstm-residual-no-type",
                        t -> new Sketch(t, "in")
                                .residual("in", lstm(), lstm())
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
                        NO_RAZOR),
                of("lstm-residual", t -> lstmGraph(t, lstm(), lstm(), rnn), Shelf::seq, NO_RAZOR),
                of("lstm-residual-masked", t -> lstmGraph(t, lstm(), lstm(), rnn), Shelf::masked, NO_RAZOR),
                of(
                        "lstm-residual-nwc",
                        t -> lstmGraph(t, lstm(), lstm(), InputType.recurrent(4, 7, RNNFormat.NWC)),
                        t -> new MultiDataSet(
                                wave(t, B, 7, 4),
                                sequences(t, B, 2, 7).permute(0, 2, 1).dup('c')),
                        NO_RAZOR),
                of(
                        "graves-residual",
                        t -> lstmGraph(
                                t,
                                new GravesLSTM.Builder().nIn(4).nOut(4).build(),
                                new GravesLSTM.Builder().nIn(4).nOut(4).build(),
                                rnn),
                        Shelf::seq,
                        NO_RAZOR),
                of(
                        "graves-bidirectional",
                        t -> lstmGraph(
                                t,
                                new GravesBidirectionalLSTM.Builder()
                                        .nIn(4)
                                        .nOut(4)
                                        .build(),
                                new GravesBidirectionalLSTM.Builder()
                                        .nIn(4)
                                        .nOut(4)
                                        .build(),
                                rnn),
                        Shelf::seq,
                        NO_RAZOR),
                of(
                        "simple-rnn",
                        t -> lstmGraph(
                                t,
                                new SimpleRnn.Builder().nIn(4).nOut(4).build(),
                                new SimpleRnn.Builder().nIn(4).nOut(4).build(),
                                rnn),
                        Shelf::seq,
                        NO_RAZOR),
                of(
                        "bidirectional-add",
                        t -> lstmGraph(
                                t,
                                new Bidirectional(Bidirectional.Mode.ADD, lstm()),
                                new Bidirectional(Bidirectional.Mode.ADD, lstm()),
                                rnn),
                        Shelf::seq,
                        NO_RAZOR),
                of(
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
                        NO_RAZOR),
                of("self-attention-residual", t -> lstmGraph(t, att(), att(), sevenSteps), Shelf::seq),
                of("self-attention-masked", t -> lstmGraph(t, att(), att(), sevenSteps), Shelf::masked),
                of("conv1d-residual", t -> lstmGraph(t, c1(4), c1(4), sevenSteps), Shelf::seq),
                of("conv1d-residual-no-length", t -> lstmGraph(t, c1(4), c1(4), rnn), Shelf::seq),
                of(
                        "last-time-step",
                        t -> new Sketch(t, "in")
                                .residual("in", lstm(), lstm())
                                .layer("last", new LastTimeStep(lstm()), "s1")
                                .layer("d", dense(5), "last")
                                .layer("d2", dense(5), "d")
                                .layer("out", out(4), "d2")
                                .net(rnn),
                        Shelf::seqClass),
                of(
                        "last-time-step-vertex",
                        t -> new Sketch(t, "in")
                                .residual("in", lstm(), lstm())
                                .vertex("last", new LastTimeStepVertex("in"), "s1")
                                .layer("d", dense(5), "last")
                                .layer("d2", dense(5), "d")
                                .layer("out", out(4), "d2")
                                .net(rnn),
                        Shelf::seqClass),
                of(
                        "duplicate-to-series",
                        t -> new Sketch(t, "in")
                                .layer("r0", lstm(), "in")
                                .vertex("last", new LastTimeStepVertex("in"), "r0")
                                .vertex("dup", new DuplicateToTimeSeriesVertex("in"), "last")
                                .residual("dup", lstm(), lstm())
                                .layer("out", rnnOut(), "s1")
                                .net(rnn),
                        Shelf::seq,
                        NO_RAZOR),
                of(
                        "list-lstm",
                        t -> list(t, rnn, lstm(), new LSTM.Builder().nOut(5).build(), rnnOut()),
                        Shelf::seq,
                        NO_CHAIN,
                        NO_RAZOR),
                of(
                        "list-lstm-last-dense",
                        t -> list(t, rnn, lstm(), new LastTimeStep(lstm()), dense(5), dense(5), out(4)),
                        Shelf::seqClass,
                        NO_CHAIN),
                of(
                        "list-rnn-dense-rnn",
                        t -> list(t, sevenSteps, lstm(), dense(5), dense(5), rnnOut()),
                        Shelf::seq,
                        NO_CHAIN),
                of("list-conv1d-rnnout", t -> list(t, sevenSteps, c1(4), c1(4), c1(4), rnnOut()), Shelf::seq, NO_CHAIN),
                of(
                        "list-conv1d-pool",
                        t -> list(
                                t,
                                sevenSteps,
                                c1(8),
                                new Subsampling1DLayer.Builder(2, 2).build(),
                                c1(4),
                                new GlobalPoolingLayer(PoolingType.MAX),
                                out(4)),
                        Shelf::seqClass,
                        NO_CHAIN),
                of("list-conv1d-masked", t -> list(t, sevenSteps, c1(8), c1(4), rnnOut()), Shelf::masked, NO_CHAIN),
                of(
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
                        NO_CHAIN),
                of(
                        "list-embedding",
                        t -> list(
                                t,
                                InputType.feedForward(11),
                                new EmbeddingLayer.Builder().nIn(11).nOut(4).build(),
                                dense(4),
                                dense(4),
                                out(4)),
                        t -> new MultiDataSet(indices(t, 11, B, 1), classes(t, B, 4)),
                        NO_CHAIN),
                of(
                        "list-time-distributed",
                        t -> list(
                                t, sevenSteps, new TimeDistributed(dense(4)), new TimeDistributed(dense(4)), rnnOut()),
                        Shelf::seq,
                        NO_CHAIN,
                        NO_RAZOR),
                of(
                        "list-mask-layers",
                        t -> list(t, sevenSteps, c1(4), new MaskLayer(), c1(4), new MaskZeroLayer(lstm(), 0), rnnOut()),
                        Shelf::masked,
                        NO_CHAIN),
                of(
                        "list-rnn-loss",
                        t -> list(
                                t,
                                sevenSteps,
                                c1(4),
                                c1(2),
                                new RnnLossLayer.Builder()
                                        .activation(Activation.SOFTMAX)
                                        .build()),
                        Shelf::seq,
                        NO_CHAIN),
                of(
                        "list-recurrent-attention",
                        t -> list(
                                t,
                                sevenSteps,
                                c1(4),
                                c1(4),
                                new RecurrentAttentionLayer.Builder()
                                        .nOut(4)
                                        .nHeads(1)
                                        .headSize(4)
                                        .build(),
                                rnnOut()),
                        Shelf::seq,
                        NO_CHAIN));
    }
}
