package org.revlayers.op;

import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.revlayers.backend.JavaOps;

/** All ops of this package, for {@link org.revlayers.backend.OpCatalog}. */
public final class RevOpList implements JavaOps {

    @Override
    public List<DifferentialFunction> ops() {
        return List.of(
                new ReGelu2(),
                new ReGelu2Bp(),
                new ReSilu2(),
                new ReSilu2Bp(),
                new RevGelu(),
                new RevGeluBp(),
                new RevSilu(),
                new RevSiluBp(),
                new MsLayerNorm(),
                new MsLayerNormBp(),
                new MsRmsNorm(),
                new MsRmsNormBp(),
                new RevAdd(),
                new Relu1Bit(),
                new Relu1BitBp(),
                new DropoutReplay(),
                new DropoutReplayBp(),
                new MemAttention(),
                new MemAttentionBp(),
                new RevChain(),
                new RevChainBp(),
                new ChainUnit(),
                new ChainUnitBp(),
                new UpstreamLoss(),
                new RazorLinear(),
                new RazorLinearBp(),
                new RazorConv2d(),
                new RazorConv2dBp(),
                new RazorMatmul(),
                new RazorMatmulBp(),
                new RazorSoftmax(),
                new RazorSoftmaxBp(),
                new RazorLayerNorm(),
                new RazorLayerNormBp());
    }
}
