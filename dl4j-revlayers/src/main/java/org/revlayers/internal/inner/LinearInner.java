package org.revlayers.internal.inner;

import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.keep.Keeper;

/**
 * A linear map with weights, without the dropout and the activation function of its configuration, which are layers of their own here. Keeps
 * nothing; backward reads the input for the weight gradient alone, and not at all if the layer is frozen.
 */
@RequiredArgsConstructor(access = AccessLevel.PROTECTED)
abstract class LinearInner<C extends FeedForwardLayer> implements InnerLayer {

    /** What the user configured. */
    protected final C layer;

    /** Parameters and gradients. */
    protected final Views views;

    private final Keeper input;

    @Override
    public final boolean readsInput() {
        return !views.isFrozen();
    }

    @Override
    public final Keeper inputKeeper() {
        return input;
    }

    @Override
    public final InputType outputType(InputType type) {
        return layer.getOutputType(-1, type);
    }
}
