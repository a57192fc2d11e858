package org.revlayers.examples.ode;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.revlayers.chain.OdeSolver;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.reversible.ChainMode;

/**
 * A neural ODE that is to take any point of the spiral to the one {@value #APART} points later: f is a perceptron on z³, as in the paper. Adam on all
 * pairs at once, its rate falling to 0 in a straight line.
 *
 * @param solver     of the ODE
 * @param steps      of the solver
 * @param iterations of the training
 * @param seed       of the initial weights
 */
record SpiralFit(OdeSolver solver, int steps, int iterations, long seed) {

    static final String ODE = "ode";
    static final int APART = 10;
    private static final int HIDDEN = 50;
    private static final double RATE = 0.01;

    /** The ODE from one point to another so many later, and its loss: the mean squared distance per coordinate. */
    MultiLayerNetwork net(int points, ChainMode mode) {
        ReversibleOde ode = new ReversibleOde.Builder()
                .name(ODE)
                .layers(f())
                .time(0, points * Spiral.SPACING)
                .steps(steps)
                .solver(solver)
                .mode(mode)
                .build();
        LossLayer loss = new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                .activation(Activation.IDENTITY)
                .build();
        loss.setNOut(2); // which DL4J warns of if nobody says it
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(new Adam(new PolySchedule(ScheduleType.ITERATION, RATE, 1, iterations)))
                .list()
                .layer(ode)
                .layer(loss)
                .setInputType(InputType.feedForward(2))
                .build());
        net.init();
        return net;
    }

    /** The layers of f. */
    static Layer[] f() {
        return new Layer[] {
            new ActivationLayer(Activation.CUBE),
            new DenseLayer.Builder().nOut(HIDDEN).activation(Activation.TANH).build(),
            new DenseLayer.Builder().nOut(2).activation(Activation.IDENTITY).build()
        };
    }

    /** Trains; {@code told} gets every tenth of the way. */
    MultiLayerNetwork trained(DataSet pairs, Told told) {
        MultiLayerNetwork net = net(APART, ChainMode.REVERSE);
        told.loss(0, net.score(pairs));
        int every = Math.max(1, iterations / 10);
        for (int i = 1; i <= iterations; i++) {
            net.fit(pairs);
            if (i % every == 0) {
                told.loss(i, net.score(pairs));
            }
        }
        return net;
    }

    /** Hears of the loss. */
    @FunctionalInterface
    interface Told {
        void loss(int iteration, double loss);
    }

    /** What the f of a trained network makes of a start, in solves from point to point, each from where the one before has ended: {@code [count, 2]}. */
    INDArray trajectory(MultiLayerNetwork trained, INDArray start, long count) {
        MultiLayerNetwork net = net(1, ChainMode.REVERSE);
        net.setParams(trained.params());
        INDArray points = Nd4j.create(count, 2);
        INDArray z = start;
        for (long i = 0; i < count; i++) {
            points.getRow(i).assign(z);
            z = net.output(z);
        }
        return points;
    }
}
