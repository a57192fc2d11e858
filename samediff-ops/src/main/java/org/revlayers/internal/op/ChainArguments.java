package org.revlayers.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.CoefficientTable;
import org.revlayers.reversible.StreamType;

/** How a saved graph holds {@link ChainSettings}: in an op's numbered integer, floating and text arguments. */
final class ChainArguments {

    /** 1 had neither pair nor both, 2 neither network nor streams, 3 no names of values, 4 neither form nor place. */
    private static final int VERSION = 5;

    private static final int NAMED = 4;
    private static final int UNNAMED = 3;

    private final long[] numbers;
    private final String[] texts;
    private int at;

    private ChainArguments(long[] numbers, String... texts) {
        this.numbers = numbers;
        this.texts = texts;
    }

    /** Writes them behind the op's others; in the oldest version that has all of them. */
    static void write(ChainSettings settings, DynamicCustomOp op) {
        List<ChainSettings.Block> blocks = settings.blocks();
        CoefficientTable coefficients = settings.coefficients();
        op.addTArgument(settings.tolerance());
        op.addSArgument(settings.name());
        blocks.forEach(b -> op.addSArgument(b.name()));
        settings.programs().forEach(op::addSArgument);
        blocks.forEach(b -> b.values().forEach(op::addSArgument));
        boolean formed = coefficients.form() != ChainForm.DUAL_RESIDUAL;
        boolean named = formed || blocks.stream().anyMatch(b -> !b.values().isEmpty());
        List<Long> numbers = new ArrayList<>();
        for (long n : new long[] {
            formed ? VERSION : named ? NAMED : UNNAMED,
            flag(settings.checkpoint()),
            flag(settings.zeroStart()),
            flag(settings.verify()),
            settings.scale(),
            coefficients.q()
        }) {
            numbers.add(n);
        }
        numbers.add((long) coefficients.rows().size());
        for (CoefficientTable.Row row : coefficients.rows()) {
            numbers.addAll(List.of(row.from(), (long) row.a(), (long) row.b()));
        }
        numbers.add((long) blocks.size());
        for (ChainSettings.Block block : blocks) {
            long edge = formed ? block.edge().ordinal() : flag(!block.residual());
            numbers.addAll(List.of(
                    (long) block.program(), 1 - edge, (long) block.inputs().size()));
            block.inputs().forEach(i -> numbers.add((long) i));
        }
        if (named) {
            numbers.add((long) settings.programs().size());
            blocks.forEach(b -> numbers.add((long) b.values().size()));
        }
        if (formed) {
            numbers.addAll(List.of((long) coefficients.form().ordinal(), (long) settings.place()));
        }
        StreamType streams = settings.streams();
        numbers.addAll(List.of(
                number(streams == null ? null : streams.getDataType()),
                number(settings.network()),
                flag(settings.pair()),
                flag(settings.both())));
        op.addIArgument(numbers.stream().mapToLong(Long::longValue).toArray());
    }

    private static long number(DataType type) {
        return type == null ? 0 : type.toInt();
    }

    private static long flag(boolean on) {
        return on ? 1 : 0;
    }

    /** Of an op whose numbered arguments are a chain's settings alone: whether it says that yₙ is an output; known before the texts are. */
    static boolean isBoth(List<Long> numbers) {
        return !numbers.isEmpty() && numbers.get(0) > 1 && numbers.get(numbers.size() - 1) == 1;
    }

    /** Reads them back. */
    static ChainSettings read(DynamicCustomOp op) {
        return new ChainArguments(op.iArgs(), op.sArgs()).read(op.tArgs()[0]);
    }

    private ChainSettings read(double tolerance) {
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
        List<ChainSettings.Block> blocks = new ArrayList<>();
        for (int i = 0, n = next(); i < n; i++) {
            int program = next();
            TwoStep.Edge edge = TwoStep.Edge.values()[1 - next()];
            List<Integer> inputs = new ArrayList<>();
            for (int k = next(); k > 0; k--) {
                inputs.add(next());
            }
            blocks.add(new ChainSettings.Block(texts[1 + i], program, edge, inputs));
        }
        int end = version >= NAMED ? 1 + blocks.size() + next() : texts.length;
        if (version >= NAMED) {
            int from = end;
            for (int i = 0; i < blocks.size(); i++) {
                int to = from + next();
                ChainSettings.Block b = blocks.get(i);
                List<String> values = List.of(texts).subList(from, to);
                blocks.set(i, new ChainSettings.Block(b.name(), b.program(), b.edge(), b.inputs(), values));
                from = to;
            }
        }
        ChainForm form = version >= VERSION ? ChainForm.values()[next()] : ChainForm.DUAL_RESIDUAL;
        int place = version >= VERSION ? next() : 0;
        StreamType streams = version >= UNNAMED ? StreamType.with(type()) : null;
        DataType network = version >= UNNAMED ? type() : null;
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
                new CoefficientTable(q, form, rows),
                place,
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
