package org.revlayers.examples.ode;

import java.io.PrintWriter;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.revlayers.chain.OdeSolver;
import org.revlayers.chain.ReversibleOde;
import org.revlayers.container.ResidualUnit;
import org.revlayers.layers.ScaleLayer;

/**
 * The gradient of L = ½·Σ z(T)² with respect to θ in three ways, for dz/dt = f(z) − λ·z, f being the spiral's: that of a {@link ReversibleOde}, that of a
 * continuous adjoint, which solves z, a = dL/dz and dL/dθ together back in time (da/dt = −aᵀ·∂f/∂z, dg/dt = −aᵀ·∂f/∂θ, arXiv 1806.07366) by the same
 * solver in the same steps, and central differences of the loss that the steps give.
 *
 * @param solver  of all
 * @param damping λ
 * @param steps   n
 */
record AdjointComparison(OdeSolver solver, double damping, int steps) {

    private static final double TIME = 1;
    private static final int BATCH = 16;
    private static final int[] STEPS = {5, 10, 20, 40, 80};

    /** Whose gradient stands for that of the solution. */
    private static final int FINE = 640;

    private static final double[] DAMPING = {0, 2, 5};
    private static final double DIFFERENCE = 1e-5;

    /**
     * Relative errors, in the norm over all of θ.
     *
     * @param exact       of the ODE layer in a DOUBLE network to the differences
     * @param integers    of the ODE layer in a FLOAT network to that in a DOUBLE one
     * @param adjoint     of the continuous adjoint to the differences
     * @param exactTrue   of the ODE layer to its own gradient in {@value #FINE} steps
     * @param adjointTrue of the continuous adjoint to that
     */
    record Errors(double exact, double integers, double adjoint, double exactTrue, double adjointTrue) {}

    /** A Markdown table of all. */
    static void print(OdeSolver solver, PrintWriter out) {
        out.println(
                "| λ | steps | layer : differences | adjoint : differences | layer, FLOAT : DOUBLE | layer : solution's | adjoint : solution's |");
        out.println("|---|---|---|---|---|---|---|");
        for (double damping : DAMPING) {
            for (int n : STEPS) {
                Errors e = new AdjointComparison(solver, damping, n).errors();
                out.printf(
                        "| %.0f | %d | %.1e | %.1e | %.1e | %.1e | %.1e |%n",
                        damping, n, e.exact, e.adjoint, e.integers, e.exactTrue, e.adjointTrue);
                out.flush();
            }
        }
    }

    Errors errors() {
        MultiLayerNetwork ode = net(ode(), DataType.DOUBLE);
        INDArray exact = gradient(ode, DataType.DOUBLE);
        INDArray differences = differences(ode);
        MultiLayerNetwork inFloat = net(ode(), DataType.FLOAT);
        inFloat.setParams(ode.params().castTo(DataType.FLOAT));
        INDArray integers = gradient(inFloat, DataType.FLOAT).castTo(DataType.DOUBLE);
        MultiLayerNetwork fine = net(new AdjointComparison(solver, damping, FINE).ode(), DataType.DOUBLE);
        fine.setParams(ode.params());
        INDArray solution = gradient(fine, DataType.DOUBLE);
        INDArray adjoint = adjoint(ode.params(), output(ode));
        return new Errors(
                error(exact, differences),
                error(integers, exact),
                error(adjoint, differences),
                error(exact, solution),
                error(adjoint, solution));
    }

    private static double error(INDArray is, INDArray should) {
        return is.distance2(should) / should.norm2Number().doubleValue();
    }

    private Layer field() {
        return new ResidualUnit.Builder()
                .main(SpiralFit.f())
                .shortcut(new ScaleLayer(-damping))
                .build();
    }

    private Layer ode() {
        return new ReversibleOde.Builder()
                .layers(field())
                .time(0, TIME)
                .steps(steps)
                .solver(solver)
                .build();
    }

    private static MultiLayerNetwork net(Layer layer, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(type)
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .list()
                .layer(layer)
                .setInputType(InputType.feedForward(2))
                .build());
        net.init();
        return net;
    }

    /** Points of the plane, every coordinate between −1 and 1. */
    private static INDArray start(DataType type) {
        return Transforms.sin(Nd4j.linspace(DataType.DOUBLE, 1.0, 1.3, BATCH * 2L))
                .reshape('c', BATCH, 2)
                .castTo(type);
    }

    private static INDArray output(MultiLayerNetwork ode) {
        return ode.output(start(DataType.DOUBLE)).dup('c');
    }

    private static double loss(MultiLayerNetwork ode) {
        INDArray z = output(ode);
        return z.mul(z).sumNumber().doubleValue() / 2;
    }

    private static INDArray gradient(MultiLayerNetwork ode, DataType type) {
        INDArray x = start(type);
        INDArray z = forward(ode, x);
        return backward(ode, z).getFirst().gradient().dup();
    }

    private static INDArray forward(MultiLayerNetwork net, INDArray x) {
        net.setInput(x);
        return net.feedForward(true, false).get(1).dup('c');
    }

    /** The gradients of parameters and input of a forward, from that of its output. */
    private static Pair<Gradient, INDArray> backward(MultiLayerNetwork net, INDArray epsilon) {
        return net.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces());
    }

    /** Central differences in every parameter. */
    private static INDArray differences(MultiLayerNetwork ode) {
        INDArray params = ode.params();
        INDArray gradient = params.like();
        for (long i = 0; i < params.length(); i++) {
            double value = params.getDouble(i);
            params.putScalar(i, value + DIFFERENCE);
            double above = loss(ode);
            params.putScalar(i, value - DIFFERENCE);
            gradient.putScalar(i, (above - loss(ode)) / (2 * DIFFERENCE));
            params.putScalar(i, value);
        }
        return gradient;
    }

    /** Back in time from z(T), where a = z and the gradient is 0. */
    private INDArray adjoint(INDArray params, INDArray end) {
        MultiLayerNetwork f = net(field(), DataType.DOUBLE);
        f.setParams(params);
        PlainSolver back = new PlainSolver(solver, (state, t) -> {
            INDArray dz = forward(f, state.get(0));
            Pair<Gradient, INDArray> products = backward(f, state.get(1));
            return List.of(
                    dz,
                    products.getSecond().neg(),
                    products.getFirst().gradient().neg());
        });
        return back.solve(List.of(end, end, params.like()), TIME, 0, steps).get(2);
    }
}
