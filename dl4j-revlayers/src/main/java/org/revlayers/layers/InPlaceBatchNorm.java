package org.revlayers.layers;

import java.util.Collection;
import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.contract.PredictsKept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.layers.InPlaceNorm;
import org.revlayers.internal.layers.InPlaceRule;

/**
 * Batch normalisation of {@code [mb, channels]} or {@code [mb, channels, h, w]} and the function behind it as one layer, backward from its output (In-Place
 * Activated BatchNorm, arXiv 1712.02616). Its parameters are those of DL4J's {@link BatchNormalization}, gamma of any sign.
 *
 * <pre>
 *   x̂ = (x − mean)·r,  r = 1/√(variance + eps)      z = f(gamma·x̂ + beta)      see {@link InPlaceFunction} for f and its gradients
 * </pre>
 *
 * <p>In this library's containers, exact up to rounding: neither its input nor the array between norm and function is kept, and z is the array that the layer behind keeps;
 * with frozen statistics behind a convolution without an activation function it is part of that, and 1 bit per element is kept for a ReLU. Mean and variance per channel are kept, if those of the batch;
 * and x̂ of channels that z does not tell it of, 4 bytes per fp32 element: |beta| ≥ 100·|gamma|, or beta − 6·|gamma| &lt; −8 before an ELU. The last layer of
 * a container keeps its input instead. By itself in a network, which keeps every layer's input anyway, it reads that, and keeps two numbers per channel.
 *
 * <p>With {@code frozenStatistics} training normalises with the running mean and variance, which stand still: what fine-tuning of pretrained networks wants, and
 * the one setting for RELU. Without, a training needs two values per channel or more. A dropout is applied to the input, where DL4J's batch normalisation ignores it.
 *
 * <pre>{@code
 * new InPlaceBatchNorm.Builder().function(InPlaceFunction.LEAKY_RELU).slope(0.01).build()
 * new InPlaceBatchNorm.Builder().function(InPlaceFunction.RELU).frozenStatistics(true).eps(1e-3).build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class InPlaceBatchNorm extends BatchNormalization implements PredictsKept {

    private static final long serialVersionUID = 1L;

    private InPlaceFunction function = InPlaceFunction.LEAKY_RELU;

    /** Of a leaky ReLU. */
    private double slope = InPlaceRule.SLOPE;

    /** Whether training normalises with the running mean and variance. */
    private boolean frozenStatistics;

    private InPlaceBatchNorm(BatchNormalization plain) {
        setLayerName(plain.getLayerName());
        setIDropout(plain.getIDropout());
        setConstraints(plain.getConstraints());
        setActivationFn(plain.getActivationFn());
        setWeightInitFn(plain.getWeightInitFn());
        setBiasInit(plain.getBiasInit());
        setGainInit(plain.getGainInit());
        setRegularization(plain.getRegularization());
        setRegularizationBias(plain.getRegularizationBias());
        setIUpdater(plain.getIUpdater());
        setBiasUpdater(plain.getBiasUpdater());
        setWeightNoise(plain.getWeightNoise());
        setGradientNormalization(plain.getGradientNormalization());
        setGradientNormalizationThreshold(plain.getGradientNormalizationThreshold());
        setNIn(plain.getNIn());
        setNOut(plain.getNOut());
        setDecay(plain.getDecay());
        setEps(plain.getEps());
        setMinibatch(plain.isMinibatch());
        setGamma(plain.getGamma());
        setBeta(plain.getBeta());
        setLockGammaBeta(plain.isLockGammaBeta());
        setUseLogStd(plain.isUseLogStd());
        setCnn2DFormat(plain.getCnn2DFormat());
    }

    /** How backward is computed; throws if it cannot be. */
    InPlaceRule rule() {
        return new InPlaceRule(function, slope, frozenStatistics);
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialize,
            DataType type) {
        check();
        InPlaceBatchNormHost host = new InPlaceBatchNormHost(conf, type);
        host.setListeners(listeners);
        host.setIndex(index);
        host.setParamsViewArray(parameters);
        host.setParamTable(initializer().init(conf, parameters, initialize));
        host.setConf(conf);
        return host;
    }

    private void check() {
        String what = "InPlaceBatchNorm \"" + getLayerName() + "\" ";
        rule();
        require(
                getNOut() > 0,
                what + "needs its number of channels; got " + getNOut()
                        + ": set an input type on the network, or nOut(channels)");
        require(
                getCnn2DFormat() == CNN2DFormat.NCHW,
                what + "is for images in NCHW; got " + getCnn2DFormat() + ": use DL4J's BatchNormalization");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    /** By itself. */
    @Override
    public List<Prediction> predictKept(InputType input) {
        return new InPlaceNorm(this, rule(), name -> null, name -> null, true)
                .predict(getNOut(), input.arrayElementsPerExample());
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return PredictsKept.report(this, this, input);
    }

    @Override
    public InPlaceBatchNorm clone() {
        return (InPlaceBatchNorm) super.clone();
    }

    /** Builds an {@link InPlaceBatchNorm}: its own options first, for DL4J's give a builder of DL4J's type, of the same layer. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public static final class Builder extends BatchNormalization.Builder {

        private InPlaceFunction function = InPlaceFunction.LEAKY_RELU;
        private double slope = InPlaceRule.SLOPE;
        private boolean frozenStatistics;

        /** What is applied to gamma·x̂ + beta: a leaky ReLU if not set. */
        public Builder function(InPlaceFunction kind) {
            function = kind;
            return this;
        }

        /** Of a leaky ReLU, above 0: 0.01 if not set. */
        public Builder slope(double a) {
            slope = InPlaceRule.slope(a);
            return this;
        }

        /** Whether training normalises with the running mean and variance, which stand still then. */
        public Builder frozenStatistics(boolean on) {
            frozenStatistics = on;
            return this;
        }

        @Override
        public InPlaceBatchNorm build() {
            InPlaceBatchNorm made = new InPlaceBatchNorm(super.build());
            made.function = function;
            made.slope = slope;
            made.frozenStatistics = frozenStatistics;
            made.rule();
            return made;
        }
    }
}
