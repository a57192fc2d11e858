package org.revlayers.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.backend.GraphCut;
import org.revlayers.internal.backend.GraphOutputs;
import org.revlayers.internal.op.ChainSettings;
import org.revlayers.internal.op.ChainUnit;
import org.revlayers.internal.op.RevChain;
import org.revlayers.internal.reversible.TwoStep;
import org.revlayers.reversible.ChainForm;
import org.revlayers.reversible.ChainMode;

/**
 * Writes a chain into a graph, from its first streams to its last: x₀, and y₀ if it is split off, to xₙ, and yₙ if it is merged. Neighbours in REVERSE or
 * CHECKPOINT become one op, those in STORE parts of the graph; between them streams are DOUBLE variables, in which integers are exact.
 *
 * @param sd       the graph
 * @param parts    sub-functions
 * @param modes    theirs
 * @param settings without sub-functions
 */
record ChainWiring(SameDiff sd, List<ChainPart> parts, List<ChainMode> modes, ChainSettings settings) {

    /**
     * What was written.
     *
     * @param x     xₙ
     * @param y     yₙ, if it is merged
     * @param scale S
     */
    record Written(SDVariable x, SDVariable y, int scale) {}

    /** Equal for all sub-functions, so that equal ones have equal graphs; but by γ, which goes by the place. */
    private ChainSettings edge(int part) {
        boolean dual = settings.coefficients().form() == ChainForm.DUAL_RESIDUAL;
        ChainSettings.Block r = new ChainSettings.Block("r", 0, TwoStep.Edge.AROUND, List.of());
        return settings.with(List.of(r), List.of()).withPlace(dual ? 0 : part);
    }

    /**
     * Writes it.
     *
     * @param sample values of the placeholders, on which S is chosen for a chain that is one op; null for that of the settings
     */
    Written write(@Nullable Map<String, INDArray> sample, SDVariable... begin) {
        ChainMode first = modes.get(0);
        if (first != ChainMode.STORE && behindRun(0) == parts.size()) {
            return asOp(settings.withCheckpoint(first == ChainMode.CHECKPOINT), parts.size(), sample, begin);
        }
        DataType type = begin[0].dataType();
        ChainUnit.Kind start = begin.length == 1 ? ChainUnit.Kind.START : ChainUnit.Kind.PAIR;
        SDVariable[] state = unit(start, type, 0, begin);
        for (int from = 0, to; from < parts.size(); from = to) {
            ChainMode mode = modes.get(from);
            to = behindRun(from);
            if (mode == ChainMode.STORE) {
                state = unrolled(type, from, to, state);
            } else {
                boolean both = to < parts.size() || settings.both();
                ChainSettings part = settings.withCheckpoint(mode == ChainMode.CHECKPOINT)
                        .between(type, both)
                        .withPlace(from);
                Written end = asOp(part, to, null, state);
                state = new SDVariable[] {end.x(), end.y()};
            }
        }
        SDVariable x = unit(ChainUnit.Kind.END, type, 0, state[0])[0];
        SDVariable y = settings.both() ? unit(ChainUnit.Kind.END, type, 0, state[1])[0] : x;
        return new Written(x, y, settings.scale());
    }

    /** The end of the neighbours that have the mode of this one. */
    private int behindRun(int from) {
        int to = from + 1;
        while (to < modes.size() && modes.get(to) == modes.get(from)) {
            to++;
        }
        return to;
    }

    private Written asOp(ChainSettings settings, int to, Map<String, INDArray> sample, SDVariable... begin) {
        DataType type = settings.network() == null ? begin[0].dataType() : settings.network();
        List<String> inputs = new ArrayList<>();
        for (SDVariable stream : begin) {
            inputs.add(stream.name());
        }
        List<ChainSettings.Block> blocks = new ArrayList<>();
        List<String> programs = new ArrayList<>();
        for (int i = settings.place(); i < to; i++) {
            ChainPart part = parts.get(i);
            GraphCut cut = part.cut(sd, type, begin[0].getShape(), edge(i));
            String program = RevChain.encode(cut.graph());
            if (!programs.contains(program)) {
                programs.add(program);
            }
            List<Integer> reads = new ArrayList<>();
            for (String read : cut.reads()) {
                if (!inputs.contains(read)) {
                    inputs.add(read);
                }
                reads.add(inputs.indexOf(read));
            }
            blocks.add(new ChainSettings.Block(
                    part.name(), programs.indexOf(program), part.edge(), reads, part.names(sd, cut)));
        }
        SDVariable[] arguments = inputs.stream().map(sd::getVariable).toArray(SDVariable[]::new);
        ChainSettings full = settings.with(blocks, programs);
        if (sample != null && type != DataType.DOUBLE) {
            Map<String, INDArray> values = GraphOutputs.once(sd, sample, inputs);
            full = full.scaledFor(inputs.stream().map(values::get).toArray(INDArray[]::new));
        }
        SDVariable[] made = new RevChain(full).of(arguments);
        return new Written(made[0], made[made.length - 1], full.scale());
    }

    private SDVariable[] unrolled(DataType type, int from, int to, SDVariable... begin) {
        SDVariable[] state = begin;
        for (int i = from; i < to; i++) {
            SDVariable[] split = unit(ChainUnit.Kind.SPLIT, type, i, state);
            SDVariable f = parts.get(i).define(sd, split[0], edge(i));
            SDVariable next = unit(ChainUnit.Kind.JOIN, type, i, f, split[1], split[2])[0];
            state = new SDVariable[] {next, split[3]};
        }
        return state;
    }

    private SDVariable[] unit(ChainUnit.Kind kind, DataType type, int part, SDVariable... inputs) {
        ChainPart of = parts.get(part);
        List<String> names = kind == ChainUnit.Kind.JOIN ? of.names(sd) : List.of();
        ChainSettings.Block block = new ChainSettings.Block(of.name(), 0, of.edge(), List.of(), names);
        boolean last = part == parts.size() - 1 && !settings.both();
        ChainSettings own = settings.with(List.of(block), List.of()).withPlace(part);
        return new ChainUnit(kind, type, last, own).of(inputs);
    }
}
