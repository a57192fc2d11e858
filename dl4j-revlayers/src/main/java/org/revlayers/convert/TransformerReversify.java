package org.revlayers.convert;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.contract.Wrappers;
import org.revlayers.layers.TransformerBlock;

/** {@link Reversify} for a {@link MultiLayerNetwork}: rows of {@link TransformerBlock}s become chains, and back. */
final class TransformerReversify {

    private final MultiLayerNetwork source;
    private final NetworkEdit edit;

    private final List<ReversifyReport.Chain> chains = new ArrayList<>();
    private final List<ReversifyReport.Left> left = new ArrayList<>();

    private TransformerReversify(MultiLayerNetwork source) {
        this.source = source;
        this.edit = new NetworkEdit(source);
    }

    private Layer layer(int i) {
        return edit.layer(i);
    }

    static ReversifyResult<MultiLayerNetwork> convert(MultiLayerNetwork net, ReversifyOptions options) {
        return new TransformerReversify(net).convert(options);
    }

    private ReversifyResult<MultiLayerNetwork> convert(ReversifyOptions options) {
        Containable.check(source.getLayerWiseConfigurations().getBackpropType());
        KnownNames.check("except", options.getExcept(), edit.names());
        int n = edit.size();
        for (int i = 0; i < n; ) {
            int end = i;
            while (end < n && joins(i, end, options)) {
                end++;
            }
            if (end - i >= Math.max(1, options.getMinimumBlocks())) {
                chain(i, end, options);
                i = end;
            } else {
                end = Math.max(end, i + 1);
                for (; i < end; i++) {
                    left.add(new ReversifyReport.Left(layer(i).getLayerName(), reason(i, options)));
                    edit.keep(i);
                }
            }
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException("nothing to convert: the network has no row of at least "
                    + options.getMinimumBlocks() + " residual blocks that could become a chain. " + left);
        }
        MultiLayerNetwork net = edit.finish();
        String updater = edit.carryUpdater(net);
        ReversifyReport report = new ReversifyReport(
                chains,
                List.of(),
                left,
                updater,
                Comparisons.of(source, net, Sample.of(source, options.getSample(), options.getSampleTypes())));
        return new ReversifyResult<>(net, report);
    }

    private boolean joins(int first, int i, ReversifyOptions options) {
        return TransformerRow.obstacle(layer(i)) == null
                && !options.getExcept().contains(layer(i).getLayerName())
                && (i == first
                        || edit.preProcessor(i) == null
                                && TransformerRow.fit((TransformerBlock) layer(first), (TransformerBlock) layer(i)));
    }

    private String reason(int i, ReversifyOptions options) {
        String obstacle = TransformerRow.obstacle(layer(i));
        return obstacle != null
                ? obstacle
                : options.getExcept().contains(layer(i).getLayerName())
                        ? "excepted"
                        : "its row has fewer than " + options.getMinimumBlocks() + " blocks";
    }

    /** How many layers that were kept right in front of a row can be its stem. */
    private int stem(int from, ReversifyOptions options) {
        int count = 0;
        while (options.isIncludeStem()
                && count < from
                && TransformerRow.isStem(layer(from - count - 1))
                && !options.getExcept().contains(layer(from - count - 1).getLayerName())
                && (count == 0 || edit.preProcessor(from - count) == null)
                && edit.fromEnd(count) == layer(from - count - 1)) {
            count++;
        }
        return edit.preProcessor(from) == null ? count : 0;
    }

    private void chain(int from, int to, ReversifyOptions options) {
        int stem = stem(from, options);
        List<TransformerBlock> blocks = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = from; i < to; i++) {
            blocks.add((TransformerBlock) layer(i));
            names.add(layer(i).getLayerName());
        }
        TransformerRow row = new TransformerRow(blocks, names);
        ReversibleChain chain = row.chain(edit.freeName("chain"), options);
        for (int i = from - 1; i >= from - stem; i--) {
            edit.undo();
            left.remove(left.size() - 1);
            chain.getStem().add(0, TransformerRow.renamed(layer(i)));
            chain.getOrigin().add(0, layer(i));
            names.add(0, layer(i).getLayerName());
        }
        int at = edit.made();
        for (int i = from - stem; i < from; i++) {
            edit.move(i, "", at, TransformerRow.stemPrefix(layer(i)));
        }
        Settings.lift(chain);
        edit.processor(from - stem);
        edit.add(from, chain);
        row.parameters()
                .forEach((block, name) -> edit.move(
                        from + TransformerRow.index(block) + "/" + TransformerRow.parameter(block), at + "/" + name));
        chains.add(new ReversifyReport.Chain(
                chain.getLayerName(), names, chain.getSubBlocks().size()));
    }

    static MultiLayerNetwork restore(MultiLayerNetwork net) {
        return new TransformerReversify(net).restore();
    }

    private MultiLayerNetwork restore() {
        ReversifyOptions any = ReversifyOptions.builder().build();
        for (int i = 0; i < source.getnLayers(); i++) {
            if (!(Wrappers.thawed(layer(i)) instanceof ReversibleChain chain)
                    || chain.getOrigin().isEmpty()) {
                edit.keep(i);
                continue;
            }
            Settings.handBack(chain);
            List<TransformerBlock> blocks = new ArrayList<>();
            edit.processor(i);
            for (Layer layer : chain.getOrigin()) {
                if (layer instanceof TransformerBlock block) {
                    blocks.add(block);
                } else {
                    String from = i + "/" + TransformerRow.stemPrefix(layer);
                    String to = edit.made() + "/";
                    layer.initializer().paramKeys(layer).forEach(p -> edit.move(from + p, to + p));
                    edit.add(i, layer);
                }
            }
            TransformerRow row = new TransformerRow(
                    blocks, blocks.stream().map(Layer::getLayerName).toList());
            row.chain("", any);
            int at = edit.made();
            for (TransformerBlock block : blocks) {
                edit.add(i, block);
            }
            int index = i;
            row.parameters()
                    .forEach((block, name) -> edit.move(
                            index + "/" + name,
                            at + TransformerRow.index(block) + "/" + TransformerRow.parameter(block)));
            chains.add(new ReversifyReport.Chain(
                    chain.getLayerName(), List.of(), chain.getSubBlocks().size()));
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore: the network has no chain that Reversify.convert has made");
        }
        MultiLayerNetwork plain = edit.finish();
        edit.carryUpdater(plain);
        return plain;
    }
}
