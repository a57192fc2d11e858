package org.revlayers.layers;

import lombok.Data;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code [mb, features, tokens]} (NCW, what most stock recurrent layers give) to {@code [mb, tokens, features]} (NWC) in C order, and
 * the gradient back. One copy each way.
 *
 * @since 0.1.0
 */
@Data
public final class TokensPreProcessor implements InputPreProcessor {

    private static final long serialVersionUID = 1L;

    @Override
    public INDArray preProcess(INDArray input, int miniBatchSize, LayerWorkspaceMgr workspaceMgr) {
        return swap(input, ArrayType.ACTIVATIONS, workspaceMgr);
    }

    @Override
    public INDArray backprop(INDArray output, int miniBatchSize, LayerWorkspaceMgr workspaceMgr) {
        return swap(output, ArrayType.ACTIVATION_GRAD, workspaceMgr);
    }

    private static INDArray swap(INDArray x, ArrayType type, LayerWorkspaceMgr workspaceMgr) {
        if (x.rank() != 3) {
            throw new IllegalArgumentException(
                    "tokens come as [mb, features, tokens]; got an array of rank " + x.rank());
        }
        return workspaceMgr.dup(type, x.permute(0, 2, 1), 'c');
    }

    @Override
    public InputPreProcessor clone() {
        return new TokensPreProcessor();
    }

    @Override
    public InputType getOutputType(InputType inputType) {
        InputType.InputTypeRecurrent r = (InputType.InputTypeRecurrent) inputType;
        return InputType.recurrent(r.getSize(), r.getTimeSeriesLength(), RNNFormat.NWC);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray maskArray, MaskState state, int miniBatchSize) {
        return new Pair<>(maskArray, state);
    }
}
