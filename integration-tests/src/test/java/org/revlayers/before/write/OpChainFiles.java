package org.revlayers.before.write;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.revlayers.before.Results;
import org.revlayers.graph.GraphChain;
import org.revlayers.op.RevOps;
import org.revlayers.reversible.ChainMode;
import org.revlayers.reversible.CoefficientSchedule;
import org.revlayers.reversible.StreamMerge;
import org.revlayers.reversible.StreamStart;
import org.revlayers.reversible.StreamType;

/** SameDiff graphs with a reversible chain, saved in the middle of its schedule. */
final class OpChainFiles {

    private static final int W = Sheet.WIDTH;

    private OpChainFiles() {}

    static void write(Writer to) {
        for (ChainMode mode : ChainMode.values()) {
            chain(to, "mode-" + BlockFiles.low(mode), c -> c.mode(mode));
        }
        chain(to, "modes", c -> c.modes(name -> name.equals("a") ? ChainMode.CHECKPOINT : null));
        chain(to, "momentum", c -> c.coefficients(CoefficientSchedule.momentum(0.875)));
        chain(to, "float", c -> c.streams(StreamType.FLOAT).tolerance(1e-5));
        chain(to, "double", c -> c.streams(StreamType.DOUBLE).verify(false));
        chain(to, "zero-average", c -> c.start(StreamStart.ZERO)
                .merge(StreamMerge.AVERAGE)
                .scale(20));
        chain(to, "wide", c -> c.merge(StreamMerge.CONCAT));
        Sheet split = new Sheet(3, 2 * W);
        SDVariable y = body(GraphChain.in(split.sd, "chain")
                        .start(StreamStart.SPLIT)
                        .merge(StreamMerge.CONCAT))
                .of(split.in.mmul(split.weight("stem", 2 * W, 2 * W)));
        to.graph("op-chain-split", split.end(y), split.batch());
        entries(to);
    }

    /** Behind functions, without an edge around, with dropout, and at a resolution that was chosen. */
    private static void entries(Writer to) {
        Sheet sheet = new Sheet(3, W);
        GraphChain chain = GraphChain.in(sheet.sd, "chain").coefficients(CoefficientSchedule.constant(0.75, 0.25));
        SDVariable y = chain.then("a", (g, x) -> RevOps.relu1bit(x), OpChainFiles::mlp)
                .then("b", (g, x) -> RevOps.dropoutReplay(mlp(g, x), 0.2, 4))
                .thenPlain("c", OpChainFiles::mlp)
                .scaleFrom(Map.of("in", sheet.batch().arrays().get(Results.FEATURES)))
                .of(sheet.in.mmul(sheet.weight("stem", W, W)));
        to.graph("op-chain-entries", sheet.end(y), sheet.batch());
    }

    private static void chain(Writer to, String name, UnaryOperator<GraphChain> options) {
        Sheet sheet = new Sheet(3, W);
        GraphChain chain = GraphChain.in(sheet.sd, "chain").coefficients(moving());
        SDVariable y = body(options.apply(chain)).of(sheet.in.mmul(sheet.weight("stem", W, W)));
        to.graph("op-chain-" + name, sheet.end(y), sheet.batch());
    }

    static CoefficientSchedule moving() {
        return CoefficientSchedule.linear(1, 0.125, 0.75, 0.25, 4);
    }

    private static GraphChain body(GraphChain chain) {
        return chain.then("a", OpChainFiles::mlp).then("b", OpChainFiles::mlp);
    }

    private static SDVariable mlp(SameDiff g, SDVariable x) {
        SDVariable h = RevOps.gelu(RevOps.msLayerNorm(x, 1e-6).mmul(Sheet.weight(g, "w1", W, W)));
        return h.mmul(Sheet.weight(g, "w2", W, W));
    }
}
