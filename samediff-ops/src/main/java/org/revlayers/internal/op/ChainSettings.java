package org.revlayers.internal.op;

import java.util.ArrayList;
import java.util.List;
import lombok.With;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.revlayers.internal.reversible.StreamScale;
import org.revlayers.reversible.CoefficientTable;
import org.revlayers.reversible.Coefficients;
import org.revlayers.reversible.StreamType;

/**
 * Everything about a {@link RevChain} but its arrays, and how a saved graph holds it: in the op's numbered integer, floating and text arguments.
 *
 * @param name         of the chain, for messages
 * @param checkpoint   whether the sub-functions' inputs are kept, instead of being rebuilt
 * @param zeroStart    whether y starts at 0, instead of at β·x
 * @param pair         whether the op's first two inputs are x₀ and y₀, instead of x₀ alone
 * @param both         whether the value of yₙ is an output too
 * @param verify       whether a checksum of every state is compared after integer streams were rebuilt
 * @param scale        S of integer streams, value = integer·2^−S
 * @param streams      what the streams are made of; null: EXACT, but for DOUBLE networks DOUBLE
 * @param network      type of the network if the op's streams are DOUBLE variables, as those between sub-functions in different modes are; null if they
 *     have the network's type
 * @param tolerance    relative error of a rebuilt state that floating-point streams may reach before a state is kept
 * @param coefficients α and β
 * @param blocks       the sub-functions in order
 * @param programs     their graphs, each different one once, as {@link SubGraph#encode} makes them
 */
@With
public record ChainSettings(
        String name,
        boolean checkpoint,
        boolean zeroStart,
        boolean pair,
        boolean both,
        boolean verify,
        int scale,
        StreamType streams,
        DataType network,
        double tolerance,
        CoefficientTable coefficients,
        List<Block> blocks,
        List<String> programs) {

    /**
     * One sub-function.
     *
     * @param name     for messages
     * @param program  index of its graph
     * @param residual whether α applies to it
     * @param inputs   indices, among the op's inputs, of what its graph reads beside x
     * @param values   what the values of its graph's ops were called before they were in a chain, for the way back; none if they never were elsewhere
     */
    public record Block(String name, int program, boolean residual, List<Integer> inputs, List<String> values) {

        /** One that was written for a chain. */
        public Block(String name, int program, boolean residual, List<Integer> inputs) {
            this(name, program, residual, inputs, List.of());
        }
    }

    /** 1 had neither pair nor both, 2 neither network nor streams, 3 no names of values. */
    private static final int VERSION = 4;

    /** What the value of a stock op is called inside a part of a chain: in r, which comes first, or in F. */
    public static String scoped(String chain, String part, boolean inEntry, String value) {
        return chain + "/" + part + (inEntry ? "/r/" : "/") + value;
    }

    /** Whether plain residual blocks begin and end as the chain does: its streams do not start as halves and are not merged. */
    public boolean hasPlainEnds() {
        return !pair && !both;
    }

    /** What a chain has if nothing is set, without sub-functions: integer streams of 20 bits, a tolerance of 1e-3, checksums. */
    public static ChainSettings of(String name, CoefficientTable coefficients) {
        return new ChainSettings(
                name, false, false, false, false, true, 20, null, null, 1e-3, coefficients, List.of(), List.of());
    }

    /** The same with these sub-functions. */
    public ChainSettings with(List<Block> blocks, List<String> programs) {
        return withBlocks(blocks).withPrograms(programs);
    }

    /**
     * The same for a part of a chain, whose streams come in and go out as DOUBLE variables.
     *
     * @param network type of the network
     * @param both    whether yₙ goes out
     */
    public ChainSettings between(DataType network, boolean both) {
        return withNetwork(network).withPair(true).withZeroStart(false).withBoth(both);
    }

    /**
     * The same with the S at which 64 times the largest magnitude that a sample's streams have, at any of the coefficients, fits 32 bits: 20 bits
     * at most.
     *
     * @param inputs values of the op's inputs, FLOAT or HALF
     * @throws ArithmeticException if a value is not finite
     */
    public ChainSettings scaledFor(INDArray... inputs) {
        return withScale(StreamScale.staying(ChainRange.largest(this, inputs)));
    }

    /** Writes the arguments. */
    void writeTo(DynamicCustomOp op) {
        op.addTArgument(tolerance);
        op.addSArgument(name);
        blocks.forEach(b -> op.addSArgument(b.name()));
        programs.forEach(op::addSArgument);
        blocks.forEach(b -> b.values().forEach(op::addSArgument));
        boolean named = blocks.stream().anyMatch(b -> !b.values().isEmpty());
        List<Long> numbers = new ArrayList<>();
        for (long n : new long[] {
            named ? VERSION : VERSION - 1, flag(checkpoint), flag(zeroStart), flag(verify), scale, coefficients.q()
        }) {
            numbers.add(n);
        }
        numbers.add((long) coefficients.rows().size());
        for (CoefficientTable.Row row : coefficients.rows()) {
            numbers.addAll(List.of(row.from(), (long) row.a(), (long) row.b()));
        }
        numbers.add((long) blocks.size());
        for (Block block : blocks) {
            numbers.addAll(List.of((long) block.program(), flag(block.residual()), (long)
                    block.inputs().size()));
            block.inputs().forEach(i -> numbers.add((long) i));
        }
        if (named) {
            numbers.add((long) programs.size());
            blocks.forEach(b -> numbers.add((long) b.values().size()));
        }
        numbers.addAll(List.of(
                number(streams == null ? null : streams.getDataType()), number(network), flag(pair), flag(both)));
        op.addIArgument(numbers.stream().mapToLong(Long::longValue).toArray());
    }

    private static long number(DataType type) {
        return type == null ? 0 : type.toInt();
    }

    /** What the streams of a network of this type are made of. */
    StreamType streamsOf(DataType values) {
        return streams == null ? StreamType.of(values) : streams;
    }

    /** The coefficients, of the first sub-function, that y starts with. */
    Coefficients first(Coefficients c) {
        return zeroStart ? c.zero() : c;
    }

    private static long flag(boolean on) {
        return on ? 1 : 0;
    }

    /** Of an op whose numbered arguments are a chain's settings alone: whether it says that yₙ is an output; known before the texts are. */
    static boolean isBoth(List<Long> numbers) {
        return !numbers.isEmpty() && numbers.get(0) > 1 && numbers.get(numbers.size() - 1) == 1;
    }

    /** Reads the arguments back. */
    static ChainSettings readFrom(DynamicCustomOp op) {
        return new Reader(op.iArgs(), op.sArgs()).read(op.tArgs()[0]);
    }

    private static final class Reader {
        private final long[] numbers;
        private final String[] texts;
        private int at;

        Reader(long[] numbers, String[] texts) {
            this.numbers = numbers;
            this.texts = texts;
        }

        ChainSettings read(double tolerance) {
            int version = next();
            if (version > VERSION) {
                throw new IllegalStateException(
                        "this reversible_chain was saved by a later release of revlayers: update it");
            }
            boolean checkpoint = next() == 1;
            boolean zeroStart = next() == 1;
            boolean verify = next() == 1;
            int scale = next();
            int q = next();
            List<CoefficientTable.Row> rows = new ArrayList<>();
            for (int n = next(); n > 0; n--) {
                rows.add(new CoefficientTable.Row(numbers[at++], next(), next()));
            }
            List<Block> blocks = new ArrayList<>();
            for (int i = 0, n = next(); i < n; i++) {
                int program = next();
                boolean residual = next() == 1;
                List<Integer> inputs = new ArrayList<>();
                for (int k = next(); k > 0; k--) {
                    inputs.add(next());
                }
                blocks.add(new Block(texts[1 + i], program, residual, inputs));
            }
            int end = version > 3 ? 1 + blocks.size() + next() : texts.length;
            if (version > 3) {
                int from = end;
                for (int i = 0; i < blocks.size(); i++) {
                    int to = from + next();
                    Block b = blocks.get(i);
                    List<String> values = List.of(texts).subList(from, to);
                    blocks.set(i, new Block(b.name(), b.program(), b.residual(), b.inputs(), values));
                    from = to;
                }
            }
            StreamType streams = version > 2 ? StreamType.with(type()) : null;
            DataType network = version > 2 ? type() : null;
            boolean pair = version > 1 && next() == 1;
            boolean both = version > 1 && next() == 1;
            return new ChainSettings(
                    texts[0],
                    checkpoint,
                    zeroStart,
                    pair,
                    both,
                    verify,
                    scale,
                    streams,
                    network,
                    tolerance,
                    new CoefficientTable(q, rows),
                    blocks,
                    List.of(texts).subList(1 + blocks.size(), end));
        }

        private DataType type() {
            int number = next();
            return number == 0 ? null : DataType.fromInt(number);
        }

        private int next() {
            return (int) numbers[at++];
        }
    }
}
