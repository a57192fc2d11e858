package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.revlayers.internal.backend.JavaOps;
import org.revlayers.internal.op.activation.CodedActivation;
import org.revlayers.internal.op.activation.ExactActivation;
import org.revlayers.internal.op.attention.MemAttention;
import org.revlayers.internal.op.base.RevAdd;
import org.revlayers.internal.op.dropout.DropoutReplay;
import org.revlayers.internal.op.norm.MsNorm;
import org.revlayers.internal.op.razor.RazorConv2d;
import org.revlayers.internal.op.razor.RazorLayerNorm;
import org.revlayers.internal.op.razor.RazorLinear;
import org.revlayers.internal.op.razor.RazorMatmul;
import org.revlayers.internal.op.razor.RazorSoftmax;
import org.revlayers.internal.op.tokens.TokenDropOp;

/** All ops of this library, for {@link org.revlayers.internal.backend.OpCatalog}. */
public final class RevOpList implements JavaOps {

    @Override
    public List<DifferentialFunction> ops() {
        return List.of(
                new CodedActivation.ReGelu2(),
                new CodedActivation.ReGelu2Bp(),
                new CodedActivation.ReSilu2(),
                new CodedActivation.ReSilu2Bp(),
                new ExactActivation.RevGelu(),
                new ExactActivation.RevGeluBp(),
                new ExactActivation.RevSilu(),
                new ExactActivation.RevSiluBp(),
                new MsNorm.Layer(),
                new MsNorm.LayerBp(),
                new MsNorm.Rms(),
                new MsNorm.RmsBp(),
                new RevAdd(),
                new CodedActivation.Relu1Bit(),
                new CodedActivation.Relu1BitBp(),
                new DropoutReplay.Forward(),
                new DropoutReplay.Bp(),
                new MemAttention(),
                new MemAttention.Bp(),
                new RevChain(),
                new RevChainBp(),
                new ChainUnit(),
                new ChainUnitBp(),
                new CheckpointOp(),
                new CheckpointBp(),
                new TokenDropOp(),
                new TokenDropOp.Bp(),
                new UnitEnds.Source(),
                new UnitEnds.Sink(),
                new UnitEnds.SinkBp(),
                new UpstreamLoss(),
                new RazorLinear(),
                new RazorLinear.Bp(),
                new RazorConv2d(),
                new RazorConv2d.Bp(),
                new RazorMatmul(),
                new RazorMatmul.Bp(),
                new RazorSoftmax(),
                new RazorSoftmax.Bp(),
                new RazorLayerNorm(),
                new RazorLayerNorm.Bp());
    }
}
