package org.revlayers.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.HostChoice;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.memory.Arena;
import org.revlayers.layers.Compare;
import org.revlayers.layers.Tolerances;
import org.revlayers.reversible.ChainMode;

/** The gradients of a solve are those of the steps that were computed, whatever is kept of them. */
class OdeGradientTest {

    private static final int BATCH = 3;

    static Stream<Arguments> all() {
        return Stream.of(OdeNets.values()).flatMap(net -> Stream.of(OdeSolver.values())
                .flatMap(solver -> Stream.of(true, false).map(time -> Arguments.of(net, solver, time))));
    }

    private static MultiLayerNetwork with(MultiLayerNetwork like, ChainMode mode) {
        MultiLayerConfiguration conf = like.getLayerWiseConfigurations().clone();
        ((ReversibleOde) conf.getConf(0).getLayer()).setMode(mode);
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        net.setParams(like.params().dup());
        return net;
    }

    /** The gradients of the parameters, and behind them that of the input. */
    private static INDArray gradients(MultiLayerNetwork net, DataSet data) {
        INDArray parameters = ChainNets.gradient(net, data);
        net.setInput(data.getFeatures());
        net.setLabels(data.getLabels());
        net.feedForward(true, false);
        INDArray input = net.calculateGradients(data.getFeatures(), data.getLabels(), null, null)
                .getSecond();
        return Nd4j.concat(1, parameters, input.dup('c').reshape(1, input.length()));
    }

    @ParameterizedTest
    @MethodSource("all")
    void exactStreamsGiveTheSameBitsInAllModes(OdeNets nets, OdeSolver solver, boolean time) {
        for (int n : new int[] {1, 2, 9}) {
            MultiLayerNetwork reverse = nets.net(
                    nets.ode().solver(solver).steps(n).timeChannel(time).build(), DataType.FLOAT);
            DataSet data = nets.data(DataType.FLOAT, BATCH);
            INDArray expected = gradients(reverse, data);
            assertTrue(expected.norm2Number().doubleValue() > 0.01);
            for (ChainMode mode : ChainMode.values()) {
                Compare.same(expected, gradients(with(reverse, mode), data), mode + ", n = " + n);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void halfPrecisionGivesTheSameBitsInAllModes(OdeSolver solver) {
        MultiLayerNetwork reverse = OdeNets.DENSE.net(
                OdeNets.DENSE.ode().solver(solver).timeChannel(true).build(), DataType.FLOAT16);
        DataSet data = OdeNets.DENSE.data(DataType.FLOAT16, BATCH);
        INDArray expected = gradients(reverse, data);
        assertTrue(expected.norm2Number().doubleValue() > 0.01);
        Compare.same(expected, gradients(with(reverse, ChainMode.STORE), data), "stored");
    }

    /** A checksum of the first state is compared with that of the state that backward ends at; it throws if they differ. */
    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void theInverseOfManyStepsIsExact(OdeSolver solver) {
        ReversibleOde ode = OdeNets.DENSE
                .ode()
                .solver(solver)
                .steps(500)
                .time(0, 20)
                .timeChannel(true)
                .build();
        MultiLayerNetwork net = OdeNets.DENSE.net(ode, DataType.FLOAT);
        Layer layer = net.getLayer(0);
        InnerLayers.Setting setting = new InnerLayers.Setting(layer.conf(), DataType.FLOAT, 0, false, HostChoice.OWN);
        ChainRun run = ((ChainInner) ode.inner(layer.params(), setting)).run();
        INDArray x = OdeNets.DENSE.input(DataType.FLOAT, BATCH);
        Kept kept = new Kept();
        kept.begin();
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            run.keep(x, x.ulike(), new Pass(true, 0, 0, 1, null), kept);
            run.backward(x, Nd4j.onesLike(x), x.ulike(), scratch);
            assertEquals(1, run.verifiedReconstructions());
        } finally {
            kept.clear();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void doubleStreamsGiveNearlyTheSame(OdeNets nets, OdeSolver solver, boolean time) {
        MultiLayerNetwork reverse =
                nets.net(nets.ode().solver(solver).steps(9).timeChannel(time).build(), DataType.DOUBLE);
        DataSet data = nets.data(DataType.DOUBLE, BATCH);
        Compare.near(
                gradients(with(reverse, ChainMode.STORE), data),
                gradients(reverse, data),
                Tolerances.DOUBLE_ORDER,
                "reversed");
    }

    @ParameterizedTest
    @MethodSource("all")
    void gradientsEqualFiniteDifferences(OdeNets nets, OdeSolver solver, boolean time) {
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        MultiLayerNetwork net =
                nets.net(nets.ode().solver(solver).steps(3).timeChannel(time).build(), DataType.DOUBLE);
        net.initGradientsView();
        ChainNets.assertGradients(net, nets.data(DataType.DOUBLE, 2));
    }

    @AfterEach
    void useFloatAgain() {
        Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    }

    /** θ is one set for all steps, so its gradient is as large as the sum; a second step does not begin where the first one ended. */
    @Test
    void everyStepBeginsItsSumAnew() {
        MultiLayerNetwork net = OdeNets.DENSE.net(OdeNets.DENSE.ode().build(), DataType.FLOAT);
        DataSet data = OdeNets.DENSE.data(DataType.FLOAT, BATCH);
        INDArray first = ChainNets.gradient(net, data);
        assertEquals(first, ChainNets.gradient(net, data));
    }

    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void dropoutInsideFIsReplayed(OdeSolver solver) {
        MultiLayerNetwork reverse = OdeNets.DENSE.net(
                new ReversibleOde.Builder()
                        .layers(
                                OdeNets.dense(7, Activation.TANH),
                                new DropoutLayer(0.6),
                                OdeNets.dense(5, Activation.IDENTITY))
                        .solver(solver)
                        .build(),
                DataType.FLOAT);
        DataSet data = OdeNets.DENSE.data(DataType.FLOAT, BATCH);
        INDArray expected = step(reverse, data, 0);
        Compare.same(expected, step(reverse, data, 0), "the same step again");
        Compare.different(expected, step(reverse, data, 1), "another step");
        for (ChainMode mode : ChainMode.values()) {
            Compare.same(expected, step(with(reverse, mode), data, 0), mode.toString());
        }
    }

    /** z grows by one factor where the mask lets it through and stays where not: the solve has one mask, and f no parameter. */
    @ParameterizedTest
    @EnumSource(OdeSolver.class)
    void aSolveDrawsOneMask(OdeSolver solver) {
        ReversibleOde ode = new ReversibleOde.Builder()
                .layers(new DropoutLayer(0.5))
                .solver(solver)
                .build();
        MultiLayerNetwork net = OdeNets.DENSE.net(ode, DataType.FLOAT);
        INDArray x = OdeNets.DENSE.input(DataType.FLOAT, 16).addi(2);
        INDArray growth = net.feedForwardToLayer(0, x, true).get(1).div(x);
        int still = growth.lt(1.00001).castTo(DataType.INT32).sumNumber().intValue();
        assertTrue(still > 20 && still < 60, still + " of 80 stay");
        assertEquals(80 - still, growth.gt(7).castTo(DataType.INT32).sumNumber().intValue(), "e² times: " + growth);
        assertTrue(gradients(net, OdeNets.DENSE.data(DataType.FLOAT, BATCH))
                        .norm2Number()
                        .doubleValue()
                > 0.01);
    }

    private static INDArray step(MultiLayerNetwork net, DataSet data, int iteration) {
        net.getLayerWiseConfigurations().setIterationCount(iteration);
        return ChainNets.gradient(net, data);
    }
}
