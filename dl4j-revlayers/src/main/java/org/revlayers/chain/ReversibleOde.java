package org.revlayers.chain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.container.Types;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.Slices;
import org.revlayers.internal.reversible.Plan;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/**
 * A neural ODE as one layer: z(t₁) from z(t₀), dz/dt = f(z, t; θ), in n equal steps of a reversible solver ({@link OdeSolver}), f being any list of DL4J
 * layers with one θ for all steps.
 *
 * <pre>
 *   output = z₀ + ∫ f(z, t; θ) dt from t₀ to t₁, up to the solver's error, O(h²)      h = (t₁ − t₀)/n
 *   backward: z at every step from the step behind it, f computed again, its gradients; dθ summed over the steps
 * </pre>
 *
 * <p>Shapes: {@code [mb, features]}, {@code [mb, tokens, features]}, {@code [mb, channels, height, width]} and DL4J's other layouts; f gives the shape of
 * z. With {@code timeChannel} f reads t as one feature (or channel) more, the last one.
 *
 * <p>Kept for backward, for any n: 8 bytes per element, the two streams behind the last step as 32-bit integers (16 in DOUBLE networks). With STORE what
 * f's layers keep at every step, with CHECKPOINT z at every step. One array of θ's size takes each step's gradient before it is added.
 *
 * <p>Gradients are those of the steps that were computed, not a second ODE's, so they have no error of their own. In FLOAT networks the streams are integers
 * ({@link StreamType#EXACT}) and the gradients the same bits as with STORE; in DOUBLE networks they differ by roundings. Dropout inside f draws one mask for
 * all steps of a solve. f must give equal bits for equal inputs; a checksum of the first state proves every reconstruction.
 *
 * <p>Not supported inside f: batch normalisation whose running statistics move, which are one set for all steps (frozen, or an
 * {@code InPlaceBatchNorm} with {@code frozenStatistics(true)}, it may be there), and another chain or ODE, which takes one
 * step a pass. Not proven: stability. Both solvers are leapfrogs: where f damps z, rounding and the solver's error grow as e^(λt) at a rate of
 * damping λ, so stiff f need small λ·(t₁ − t₀).
 *
 * <p>Sources: neural ODEs (arXiv 1806.07366), ALF (arXiv 2102.04668), reversible Heun (arXiv 2105.13493); exact integer streams are this library's.
 *
 * <pre>{@code
 * new ReversibleOde.Builder()
 *         .layers(new DenseLayer.Builder().nOut(50).activation(Activation.TANH).build(), new DenseLayer.Builder().nOut(2).activation(Activation.IDENTITY).build())
 *         .time(0, 1).steps(20).timeChannel(true)
 *         .build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class ReversibleOde extends StreamLayer {

    private static final long serialVersionUID = 1L;

    private List<Layer> layers = new ArrayList<>();
    private int steps = 10;
    private double from;
    private double to = 1;
    private OdeSolver solver = OdeSolver.ALF;
    private boolean timeChannel;

    private ReversibleOde(Builder builder) {
        super(builder);
        layers = new ArrayList<>(builder.layers);
        steps = builder.steps;
        from = builder.from;
        to = builder.to;
        solver = builder.solver;
        timeChannel = builder.timeChannel;
        initializeConstraints(builder);
    }

    @Override
    Plan plan(StreamType type, boolean training) {
        int n = new OdeSteps(this).count();
        Coefficients leapfrog = new Coefficients(0, 1, 1);
        return Plan.of(
                type,
                getTolerance(),
                Collections.nCopies(n, getMode()),
                Collections.nCopies(n, leapfrog),
                Coefficients::errorGrowth);
    }

    @Override
    ChainBranches branches(@Nullable INDArray parameters, InnerLayers.Setting setting) {
        return new OdeSteps(this)
                .of(new VectorField(
                        InnerLayers.network(layers, Slices.of(layers, parameters), setting.dense(setting.conf()))
                                .turned(),
                        timeChannel ? new Features(this) : null));
    }

    @Override
    StreamStart start() {
        return StreamStart.SPLIT;
    }

    @Override
    StreamMerge merge() {
        return new OdeSteps(this).atMidpoints() ? StreamMerge.AVERAGE : StreamMerge.CONCAT;
    }

    @Override
    InputType stream(InputType input) {
        return input;
    }

    @Override
    boolean readsInput() {
        return true;
    }

    @Override
    protected int addedFeatures() {
        return timeChannel ? 1 : 0;
    }

    /** What f reads. */
    private InputType read(InputType z) {
        return timeChannel ? new Features(this).resized(z, size -> size + 1) : z;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        InputType f = Types.through(title(), layers, read(input));
        if (!f.equals(input)) {
            throw otherShape(input.toString(), f.toString());
        }
        return input;
    }

    IllegalArgumentException otherShape(String z, String f) {
        return new IllegalArgumentException(title() + " needs an f that gives the shape of z; z is " + z + ", f gives "
                + f + ": end f with a layer that has as many outputs as z has features");
    }

    @Override
    protected void tellInputs(InputType input, boolean override) {
        Types.through(title(), layers, read(input), (layer, type) -> layer.setNIn(type, override));
    }

    @Override
    protected List<Part> parts() {
        return Part.named("", layers);
    }

    @Override
    protected String title() {
        return "ODE \"" + getLayerName() + "\"";
    }

    @Override
    protected void check(DataType type) {
        OdeCheck.check(this);
        super.check(type);
    }

    @Override
    public ReversibleOde clone() {
        ReversibleOde copy = (ReversibleOde) super.clone();
        copy.layers = copies(layers);
        return copy;
    }

    /** Builds a {@link ReversibleOde}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends StreamLayer.Builder<Builder> {

        private final List<Layer> layers = new ArrayList<>();
        private int steps = 10;
        private double from;
        private double to = 1;
        private OdeSolver solver = OdeSolver.ALF;
        private boolean timeChannel;

        /** Appends layers of f. */
        public Builder layers(Layer... more) {
            layers.addAll(List.of(more));
            return this;
        }

        /** n, how many steps; 10 if not set. */
        public Builder steps(int n) {
            steps = n;
            return this;
        }

        /** t₀ and t₁, which may be the smaller one: then the layer goes back in time; 0 and 1 if not set. */
        public Builder time(double t0, double t1) {
            from = t0;
            to = t1;
            return this;
        }

        /** ALF if not set. */
        public Builder solver(OdeSolver value) {
            solver = value;
            return this;
        }

        /** Whether f reads t as one feature (or channel) more, the last one. */
        public Builder timeChannel(boolean reads) {
            timeChannel = reads;
            return this;
        }

        @Override
        public ReversibleOde build() {
            return new ReversibleOde(this);
        }
    }
}
