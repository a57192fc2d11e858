package org.revlayers.internal.op;

import java.util.List;
import lombok.AccessLevel;
import lombok.NoArgsConstructor;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.op.base.LikeInput;

/**
 * The two ends of a part of a graph that trains by itself, to see what it takes: they stand for what is in front of it and behind it in its graph. Neither
 * keeps anything.
 */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
public final class UnitEnds {

    /** Gives the part its input: a copy of the first input. The second, a scalar parameter, has a gradient of 0, for which that of the part's input is computed. */
    public static final class Source extends LikeInput {

        /** For a graph that is being loaded, or to be put into one. */
        public Source() {
            super("unit_source");
        }

        @Override
        protected void run(INDArray[] in, INDArray[] out) {
            out[0].assign(in[0]);
        }

        @Override
        public List<SDVariable> doDiff(List<SDVariable> gradients) {
            return List.of(sameDiff.zerosLike(arg(0)), new Sink().of(gradients.get(0))[0]);
        }
    }

    /** Takes a value: the scalar 0, as a loss whose gradient in the first input is the second one, once the first is there. */
    public static final class Sink extends ZeroLoss {

        /** For a graph that is being loaded, or to be put into one. */
        public Sink() {
            super("unit_sink");
        }

        @Override
        public List<SDVariable> doDiff(List<SDVariable> gradients) {
            return List.of(new SinkBp().of(arg(1), outputVariables()[0])[0]);
        }
    }

    /** A copy of the first input, when the second one, the loss, is there. */
    public static final class SinkBp extends LikeInput {

        /** For a graph that is being loaded, or to be put into one. */
        public SinkBp() {
            super("unit_sink_bp");
        }

        @Override
        protected void run(INDArray[] in, INDArray[] out) {
            out[0].assign(in[0]);
        }
    }
}
