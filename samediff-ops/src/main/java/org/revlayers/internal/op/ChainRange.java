package org.revlayers.internal.op;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.StepMemory;
import org.revlayers.internal.kernel.stream.StreamKernels;
import org.revlayers.internal.reversible.Streams;
import org.revlayers.reversible.CoefficientTable;

/** The range that a {@link RevChain}'s streams have on a sample, from which {@link org.revlayers.internal.reversible.StreamScale#staying} chooses S. */
final class ChainRange {

    private ChainRange() {}

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
            ChainPlan plan = new ChainPlan(settings, settings.coefficients().inference(row.from()), in[0].dataType());
            ChainRun run = new ChainRun(plan, programs, new SubGraph.Phase(false, null, row.from()));
            largest = Math.max(largest, largest(run, in));
        }
        return largest;
    }

    /** In floating point; y is never larger than the x that it comes from. */
    private static long largest(ChainRun run, INDArray... in) {
        INDArray x = in[0];
        try (StepMemory memory = StepMemory.open()) {
            Streams streams = Streams.floating(x.dataType(), false, memory);
            streams.set(memory.take(x.dataType(), x.shape()), memory.take(x.dataType(), x.shape()));
            INDArray integers = memory.take(DataType.INT32, x.shape());
            INDArray u = memory.take(x.dataType(), x.shape());
            run.begin(streams, in);
            long largest = Math.max(
                    magnitude(streams.x(), integers, run, "its input"),
                    magnitude(streams.y(), integers, run, "its input"));
            for (int i = 0; i < run.plan().size(); i++) {
                streams.x(u);
                try (StepMemory local = memory.inner()) {
                    run.join(i).couple(streams, run.value(i, u, in, local), u, null, null, local);
                }
                String where = ChainRun.where(run.plan().settings(), i);
                largest = Math.max(largest, magnitude(streams.x(), integers, run, where));
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
