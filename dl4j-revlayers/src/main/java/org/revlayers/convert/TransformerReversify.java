package org.revlayers.convert;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.chain.ReversibleChain;
import org.revlayers.layers.TokenLayer;
import org.revlayers.layers.TransformerBlock;

/** {@link Reversify} for a {@link MultiLayerNetwork}: rows of {@link TransformerBlock}s become chains, and back. */
final class TransformerReversify {

    private final MultiLayerNetwork source;
    private final MultiLayerConfiguration conf;
    private final List<NeuralNetConfiguration> made = new ArrayList<>();
    private final Map<Integer, InputPreProcessor> processors = new HashMap<>();

    /** Where each of the source's parameters goes, by {@code layer index/name}: {@code new layer index/name}. */
    private final Map<String, String> moves = new HashMap<>();

    private final List<ReversifyReport.Chain> chains = new ArrayList<>();
    private final List<ReversifyReport.Left> left = new ArrayList<>();

    private TransformerReversify(MultiLayerNetwork source) {
        this.source = source;
        this.conf = source.getLayerWiseConfigurations().clone();
        for (int i = 0; i < conf.getConfs().size(); i++) {
            if (layer(i).getLayerName() == null) {
                layer(i).setLayerName("layer" + i);
            }
        }
    }

    private Layer layer(int i) {
        return conf.getConf(i).getLayer();
    }

    static ReversifyResult<MultiLayerNetwork> convert(MultiLayerNetwork net, ReversifyOptions options) {
        return new TransformerReversify(net).convert(options);
    }

    private ReversifyResult<MultiLayerNetwork> convert(ReversifyOptions options) {
        int n = conf.getConfs().size();
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
                    keep(i);
                }
            }
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException("nothing to convert: the network has no row of at least "
                    + options.getMinimumBlocks() + " residual blocks that could become a chain. " + left);
        }
        MultiLayerNetwork net = finish();
        String updater = carryUpdater(net);
        ReversifyReport report =
                new ReversifyReport(chains, left, updater, Comparisons.of(source, net, options.getSample()));
        return new ReversifyResult<>(net, report);
    }

    private boolean joins(int first, int i, ReversifyOptions options) {
        return TransformerRow.obstacle(layer(i)) == null
                && !options.getExcept().contains(layer(i).getLayerName())
                && (i == first
                        || conf.getInputPreProcess(i) == null
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

    private void keep(int i) {
        int at = made.size();
        if (conf.getInputPreProcess(i) != null) {
            processors.put(at, conf.getInputPreProcess(i));
        }
        made.add(conf.getConf(i));
        source.getLayer(i).paramTable().keySet().forEach(p -> moves.put(i + "/" + p, at + "/" + p));
    }

    /** How many layers that were kept right in front of a row can be its stem. */
    private int stem(int from, ReversifyOptions options) {
        int count = 0;
        while (options.isIncludeStem()
                && count < from
                && isStem(layer(from - count - 1), options)
                && (count == 0 || conf.getInputPreProcess(from - count) == null)
                && made.get(made.size() - count - 1).getLayer() == layer(from - count - 1)) {
            count++;
        }
        return conf.getInputPreProcess(from) == null ? count : 0;
    }

    private static boolean isStem(Layer layer, ReversifyOptions options) {
        return layer instanceof TokenLayer token
                && !(layer instanceof TransformerBlock)
                && !options.getExcept().contains(layer.getLayerName())
                && token.getIDropout() == null
                && token.getWeightNoise() == null
                && (token.getConstraints() == null || token.getConstraints().isEmpty());
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
        ReversibleChain chain = row.chain("chain" + (chains.size() + 1), options);
        for (int i = from - 1; i >= from - stem; i--) {
            made.remove(made.size() - 1);
            left.remove(left.size() - 1);
            chain.getStem().add(0, TransformerRow.renamed(layer(i)));
            chain.getOrigin().add(0, layer(i));
            names.add(0, layer(i).getLayerName());
        }
        int at = made.size();
        for (int i = from - stem; i < from; i++) {
            String prefix = "stem." + TransformerRow.safe(layer(i).getLayerName()) + ".";
            int index = i;
            source.getLayer(i).paramTable().keySet().forEach(p -> moves.put(index + "/" + p, at + "/" + prefix + p));
        }
        NeuralNetConfiguration one = conf.getConf(from).clone();
        one.setLayer(chain);
        one.clearVariables();
        if (conf.getInputPreProcess(from - stem) != null) {
            processors.put(at, conf.getInputPreProcess(from - stem));
        }
        made.add(one);
        row.parameters().forEach((block, name) -> {
            int slash = block.indexOf('/');
            int index = from + Integer.parseInt(block.substring(0, slash));
            moves.put(index + block.substring(slash), at + "/" + name);
        });
        chains.add(new ReversifyReport.Chain(
                chain.getLayerName(), names, chain.getSubBlocks().size()));
    }

    /** The network with the source's parameters. */
    private MultiLayerNetwork finish() {
        conf.setConfs(made);
        conf.setInputPreProcessors(processors);
        MultiLayerNetwork net = new MultiLayerNetwork(conf);
        net.init();
        for (int i = 0; i < source.getnLayers(); i++) {
            for (Map.Entry<String, INDArray> p : source.getLayer(i).paramTable().entrySet()) {
                String to = moves.get(i + "/" + p.getKey());
                int slash = to.indexOf('/');
                net.getLayer(Integer.parseInt(to.substring(0, slash)))
                        .getParam(to.substring(slash + 1))
                        .assign(p.getValue());
            }
        }
        return net;
    }

    private String carryUpdater(MultiLayerNetwork net) {
        Map<String, String> names = new HashMap<>();
        moves.forEach((from, to) -> names.put(updaterName(source, from), updaterName(net, to)));
        return UpdaterStates.copy(
                (BaseMultiLayerUpdater<?>) source.getUpdater(false),
                (BaseMultiLayerUpdater<?>) net.getUpdater(),
                names::get);
    }

    private static String updaterName(MultiLayerNetwork net, String indexed) {
        int slash = indexed.indexOf('/');
        Layer layer = net.getLayerWiseConfigurations()
                .getConf(Integer.parseInt(indexed.substring(0, slash)))
                .getLayer();
        return layer.getLayerName() + indexed.substring(slash);
    }

    private void add(int like, Layer layer) {
        NeuralNetConfiguration one = conf.getConf(like).clone();
        one.setLayer(layer);
        one.clearVariables();
        made.add(one);
    }

    static MultiLayerNetwork restore(MultiLayerNetwork net) {
        return new TransformerReversify(net).restore();
    }

    private MultiLayerNetwork restore() {
        ReversifyOptions any = ReversifyOptions.builder().build();
        for (int i = 0; i < source.getnLayers(); i++) {
            if (!(layer(i) instanceof ReversibleChain chain)
                    || chain.getOrigin().isEmpty()) {
                keep(i);
                continue;
            }
            List<TransformerBlock> blocks = new ArrayList<>();
            int first = made.size();
            for (Layer layer : chain.getOrigin()) {
                if (layer instanceof TransformerBlock block) {
                    blocks.add(block);
                } else {
                    String prefix = "stem." + TransformerRow.safe(layer.getLayerName()) + ".";
                    String from = i + "/" + prefix;
                    String to = made.size() + "/";
                    layer.initializer().paramKeys(layer).forEach(p -> moves.put(from + p, to + p));
                    add(i, layer);
                }
            }
            TransformerRow row = new TransformerRow(
                    blocks, blocks.stream().map(Layer::getLayerName).toList());
            row.chain("", any);
            int at = made.size();
            if (conf.getInputPreProcess(i) != null) {
                processors.put(first, conf.getInputPreProcess(i));
            }
            for (TransformerBlock block : blocks) {
                add(i, block);
            }
            int index = i;
            row.parameters().forEach((block, name) -> {
                int slash = block.indexOf('/');
                moves.put(
                        index + "/" + name, at + Integer.parseInt(block.substring(0, slash)) + block.substring(slash));
            });
            chains.add(new ReversifyReport.Chain(
                    chain.getLayerName(), List.of(), chain.getSubBlocks().size()));
        }
        if (chains.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing to restore: the network has no chain that Reversify.convert has made");
        }
        MultiLayerNetwork plain = finish();
        carryUpdater(plain);
        return plain;
    }
}
