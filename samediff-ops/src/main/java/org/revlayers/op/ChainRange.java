package org.revlayers.op;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.backend.StepMemory;
import org.revlayers.kernel.stream.StreamKernels;
import org.revlayers.reversible.CoefficientTable;

/**
 * Chooses S of a {@link RevChain}'s integer streams, value = integer·2^−S, from the range that a sample has.
 *
 * <p>The op is stateless, so S cannot follow the range in training, as it does in chains of layers: there is room for 64 times the sample's largest
 * magnitude, and a value beyond that stops the step.
 */
final class ChainRange {

    private static final int FINEST = 20;
    private static final int HEADROOM_BITS = 6;

    private ChainRange() {}

    /** The finest of at most 20 bits at which 64 times the magnitude, which is below 2³¹, fits 32 bits. */
    static int scale(long largest) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(largest);
        return Math.max(0, Math.min(FINEST, 31 - HEADROOM_BITS - bits));
    }

    /**
     * The largest magnitude of a stream in inference, rounded to an integer, over all coefficients that the settings have.
     *
     * @param in inputs of the op, FLOAT or HALF
     * @throws ArithmeticException if a value is not finite or above 2³¹
     */
    static long largest(ChainSettings settings, INDArray... in) {
        List<SubGraph> programs =
                settings.programs().stream().map(SubGraph::new).toList();
        long largest = 0;
        for (CoefficientTable.Row row : settings.coefficients().rows()) {
            ChainPlan plan = new ChainPlan(settings, settings.coefficients().at(row.from()), in[0].dataType());
            ChainRun run = new ChainRun(plan, programs, new SubGraph.Phase(false, null, row.from()));
            largest = Math.max(largest, largest(run, in));
        }
        return largest;
    }

    /** In floating point; y is never larger than the x that it comes from. */
    private static long largest(ChainRun run, INDArray... in) {
        INDArray x = in[0];
        try (StepMemory memory = StepMemory.open()) {
            ChainStreams streams =
                    ChainStreams.floating(memory.take(x.dataType(), x.shape()), memory.take(x.dataType(), x.shape()));
            INDArray integers = memory.take(DataType.INT32, x.shape());
            INDArray u = memory.take(x.dataType(), x.shape());
            run.begin(streams, in);
            long largest = Math.max(
                    magnitude(streams.x, integers, run, "its input"), magnitude(streams.y, integers, run, "its input"));
            for (int i = 0; i < run.plan().size(); i++) {
                streams.value(u);
                try (StepMemory local = memory.inner()) {
                    streams.couple(run.value(i, u, in, local), run.plan().c(i), null, null);
                }
                String where = ChainRun.where(run.plan().settings(), i);
                largest = Math.max(largest, magnitude(streams.x, integers, run, where));
            }
            return largest;
        }
    }

    private static long magnitude(INDArray stream, INDArray integers, ChainRun run, String where) {
        long magnitude = StreamKernels.get().start(stream, 0, integers);
        if (magnitude == Long.MAX_VALUE) {
            throw new ArithmeticException("chain \"" + run.plan().settings().name() + "\", " + where
                    + ": the range of its streams cannot be chosen, a value is not finite or above 2147483648 on the"
                    + " sample: check the sample and the parameters");
        }
        return magnitude;
    }
}
