package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.revlayers.function.InPlaceFunction;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.internal.layers.InPlaceRule;
import org.revlayers.internal.layers.NormAffine;
import org.revlayers.layers.InPlaceBatchNorm;

/** Which hosts batch normalisations have: from their input, from their output, or in one with the convolution in front. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class NormHosts {

    private static final String LEFT = "as it was";

    /** Whether it is one of DL4J or of this library. */
    static boolean isBatchNorm(Layer configuration) {
        Class<?> kind = configuration.getClass();
        return kind == BatchNormalization.class || kind == InPlaceBatchNorm.class;
    }

    /** DL4J ignores the dropout, the weight noise and the activation function of batch normalisation. */
    private static boolean hosts(BatchNormalization layer) {
        if (layer instanceof InPlaceBatchNorm && !OwnHosts.isPlain(layer)) {
            return false;
        }
        return OwnHosts.isFree(layer) && layer.getCnn2DFormat() == CNN2DFormat.NCHW && NormAffine.isConsistent(layer);
    }

    /**
     * Its host, with the ReLU behind it; null if there is none for it.
     *
     * @param relu whether a ReLU is behind it
     */
    static Made of(BatchNormalization layer, boolean relu, Keeping keeping, OwnHosts.ViewsOf parameters) {
        if (!hosts(layer)) {
            return null;
        }
        Views views = parameters.of(layer);
        if (layer instanceof InPlaceBatchNorm own) {
            List<InnerLayer> made = new ArrayList<>(OwnHosts.dropout(layer));
            made.add(inPlace(own, keeping, views));
            return new Made(made, views::setGradients, null, false);
        }
        InPlaceRule rule = views.isFrozen() ? null : rule(layer, relu, keeping);
        InnerLayer made = rule == null
                ? new BatchNormInner(layer, views, relu, keeping)
                : new InPlaceNormInner(layer, rule, views);
        return new Made(List.of(made), views::setGradients, null, relu);
    }

    /** A frozen one runs on the running statistics anyway, and a ReLU behind keeps a bit. */
    private static InnerLayer inPlace(InPlaceBatchNorm layer, Keeping keeping, Views views) {
        InPlaceFunction function = layer.getFunction();
        boolean relu = function == InPlaceFunction.RELU;
        return views.isFrozen() && (relu || function == InPlaceFunction.IDENTITY)
                ? new BatchNormInner(layer, views, relu, keeping)
                : new InPlaceNormInner(layer, rule(layer), views);
    }

    private static InPlaceRule rule(InPlaceBatchNorm layer) {
        return new InPlaceRule(layer.getFunction(), layer.getSlope(), layer.isFrozenStatistics());
    }

    /** How a batch normalisation that learns works in place; null if it does not. */
    private static InPlaceRule rule(BatchNormalization layer, boolean relu, Keeping keeping) {
        if (layer instanceof InPlaceBatchNorm own) {
            return rule(own);
        }
        return keeping.norms() == null ? null : keeping.norms().rule(relu);
    }

    /** Whether {@link #told} says that a batch normalisation is as it was. */
    public static boolean isLeft(String told) {
        return told.startsWith(LEFT);
    }

    /** What has become of a batch normalisation of DL4J in a row of configurations under {@link InPlaceNorms}, or why it is as it was; null for other layers. */
    public static String told(List<Layer> row, int i, Function<Layer, Keeping> keeping) {
        Layer layer = row.get(i);
        if (!(Wrappers.thawed(layer) instanceof BatchNormalization norm)
                || norm.getClass() != BatchNormalization.class) {
            return null;
        }
        boolean relu = i + 1 < row.size() && OwnHosts.isRelu(row.get(i + 1));
        Keeping kept = keeping.apply(norm);
        String behind = relu ? " with the ReLU behind it" : "";
        if (kept.norms() == null) {
            return LEFT + ": the options say so";
        }
        if (Wrappers.isFrozen(layer)) {
            return LEFT + ": frozen, it keeps nothing";
        }
        if (!hosts(norm)) {
            return LEFT
                    + ", statistics of the batch: this library has a host for those in NCHW, without constraints, and"
                    + " with both of gamma and beta locked at unusual values or neither";
        }
        if (i > 0 && folds(row.get(i - 1), layer, kept)) {
            return "frozen statistics, in one with the convolution in front";
        }
        InPlaceRule rule = rule(norm, relu, kept);
        if (rule == null) {
            return LEFT + ", statistics of the batch: no ReLU is behind it";
        }
        return (rule.frozenStatistics()
                        ? "frozen statistics"
                        : "statistics of the batch, a leaky ReLU of slope " + rule.slope()
                                + " in the place of the ReLU")
                + ", from "
                + (i + (relu ? 2 : 1) == row.size() ? "its input: it is the last" : "its output" + behind);
    }

    /**
     * Whether a convolution and the configuration behind it are one layer: a batch normalisation with frozen statistics, which both learn.
     *
     * @param keeping of the configuration behind
     */
    static boolean folds(Layer configuration, Layer next, Keeping keeping) {
        if (configuration.getClass() != ConvolutionLayer.class
                || !OwnHosts.isPlain(configuration)
                || !OwnHosts.hosts((ConvolutionLayer) configuration)
                || !ActivationInner.isIdentity(((ConvolutionLayer) configuration).getActivationFn())
                || !isBatchNorm(next)
                || !hosts((BatchNormalization) next)
                || next instanceof InPlaceBatchNorm && next.getIDropout() != null) {
            return false;
        }
        InPlaceRule rule = rule((BatchNormalization) next, false, keeping);
        return rule != null
                && rule.frozenStatistics()
                && (rule.function() == InPlaceFunction.IDENTITY || rule.function() == InPlaceFunction.RELU);
    }

    /** The layers of two configurations that {@link #folds}. */
    static List<InnerLayer> folded(
            ConvolutionLayer layer, Views views, BatchNormalization norm, Views normed, Keeping keeping) {
        List<InnerLayer> made = new ArrayList<>(OwnHosts.dropout(layer));
        made.add(new FoldedNorm(new ConvolutionInner(layer, views, keeping.linear()), views, norm, normed));
        if (norm instanceof InPlaceBatchNorm own && own.getFunction() == InPlaceFunction.RELU) {
            made.add(ActivationInner.of(new ActivationReLU(), keeping));
        }
        return made;
    }
}
