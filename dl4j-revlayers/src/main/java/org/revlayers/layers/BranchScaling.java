package org.revlayers.layers;

import java.util.ArrayList;
import java.util.List;
import lombok.AccessLevel;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.Setter;
import lombok.ToString;
import lombok.experimental.Accessors;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.layers.BranchScale;
import org.revlayers.internal.layers.ParamSpec;
import org.revlayers.internal.memory.Arena;

/**
 * What may stand at the end of a residual branch, as a layer of its own: LayerScale (a learned factor per feature) and drop path (a factor
 * per example, 0 or 1/(1−p), in training).
 *
 * <pre>y = factor(example) · gamma · x</pre>
 *
 * <p>Kept for backward: x again with LayerScale, 4 bytes per element; a number per example with drop path. Exact; drop path replays for the same
 * seed, iteration and place. Sources: arXiv 2103.17239, arXiv 1603.09382.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class BranchScaling extends TokenLayer {

    private static final long serialVersionUID = 1L;

    private boolean layerScale;
    private double layerScaleInit;
    private double dropPath;

    private BranchScaling(Builder builder) {
        super(builder);
        this.layerScale = builder.layerScale;
        this.layerScaleInit = builder.layerScaleInit;
        this.dropPath = builder.dropPath;
        initializeConstraints(builder);
    }

    @Override
    protected void validate() {
        if (dropPath < 0 || dropPath >= 1) {
            throw new IllegalStateException("BranchScaling \"" + getLayerName()
                    + "\" needs a drop path probability in [0, 1), not " + dropPath + ": 0 turns it off");
        }
    }

    @Override
    protected boolean keepsSize() {
        return true;
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return input;
    }

    @Override
    protected List<ParamSpec> paramSpecs() {
        return layerScale ? List.of(ParamSpec.gain("gamma", getNIn(), layerScaleInit)) : List.of();
    }

    @Override
    protected TokenHost<?> host(NeuralNetConfiguration conf, DataType type) {
        return new Host(conf, type);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>();
        if (layerScale) {
            kept.add(Prediction.dense("branch", tokens(input) * getNIn()));
        }
        if (dropPath > 0) {
            kept.add(Prediction.factor("branch_factors"));
        }
        return kept;
    }

    static final class Host extends TokenHost<BranchScaling> {
        private static final long serialVersionUID = 1L;

        Host(NeuralNetConfiguration conf, DataType type) {
            super(conf, type);
        }

        private BranchScale scale(boolean training) {
            return new BranchScale(
                    "branch", weights(training).get("gamma"), layerConf().getDropPath(), stepKey(), learns());
        }

        @Override
        protected boolean canBeFrozen() {
            return true;
        }

        /** LayerScale has a copy of its own. */
        @Override
        public boolean readsInput() {
            return false;
        }

        @Override
        protected boolean isForWeights(String kept) {
            return layerConf().thinning() == null && kept.equals("branch");
        }

        @Override
        protected void forward(INDArray x, INDArray out, boolean training, Kept keep) {
            out.assign(x);
            try (Arena.Scratch scratch = arena().scratch()) {
                scale(training).apply(Gemm.rows(out), training, store(x.size(0), keep, scratch));
            }
        }

        @Override
        protected void backward(INDArray x, INDArray dy, INDArray dx, Kept keep) {
            try (Arena.Scratch scratch = arena().scratch()) {
                INDArray gamma = weights(true).gradient("gamma");
                Gemm.rows(dx).assign(scale(true).backward(Gemm.rows(dy), gamma, store(dy.size(0), keep, scratch)));
            }
        }
    }

    /** Builds a {@link BranchScaling}. */
    @Setter
    @Accessors(fluent = true)
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        @Setter(AccessLevel.NONE)
        private boolean layerScale;

        @Setter(AccessLevel.NONE)
        private double layerScaleInit;

        /** Probability of dropping the branch for one example in training. */
        private double dropPath;

        /** A learned factor per feature; starts at {@code init}. */
        public Builder layerScale(double init) {
            this.layerScale = true;
            this.layerScaleInit = init;
            return this;
        }

        @Override
        public BranchScaling build() {
            return new BranchScaling(this);
        }
    }
}
