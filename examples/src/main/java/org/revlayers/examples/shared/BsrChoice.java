package org.revlayers.examples.shared;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.revlayers.Reprogram;
import org.revlayers.convert.ReprogramOptions;
import org.revlayers.convert.Reprogrammed;
import org.revlayers.convert.Sample;
import org.revlayers.internal.convert.Reprogrammer;
import org.revlayers.layers.PatchEmbedding;
import org.revlayers.layers.TokenEmbedding;
import org.revlayers.layers.TokenScore;
import org.revlayers.layers.TransformerBlock;
import picocli.CommandLine.Option;

/** What can be said on the command line about the methods bsr, bsr+razor and bsr+reversible. */
public final class BsrChoice {

    private static final String TRAIN = "--train-blocks";
    private static final String DROP = "--drop-at";
    private static final String KEEP = "--keep";
    private static final String FUSE = "--fuse";

    /** Of a group of so many blocks the last one is trained, as in the paper. */
    private static final int GROUP = 4;

    /** In every block of this number, but the first and the last, tokens are left out, as in the paper. */
    private static final int EVERY = 3;

    @Option(
            names = TRAIN,
            split = ",",
            paramLabel = "BLOCK",
            description =
                    "bsr: blocks that are trained, from 0 on (default 3,7,11 and so on; the last one of fewer than four)")
    private List<Integer> train = List.of();

    @Option(
            names = DROP,
            split = ",",
            paramLabel = "BLOCK",
            description = "bsr: blocks in which tokens are left out (default 3,6,9 and so on, but the last one)")
    private List<Integer> dropAt = List.of();

    @Option(names = KEEP, description = "bsr: part of the tokens that stay there (default ${DEFAULT-VALUE}); 1 for all")
    private double keep = 0.5;

    @Option(
            names = FUSE,
            arity = "1",
            paramLabel = "true|false",
            description = "bsr: whether the others become one token (default: unless the head is a mean over tokens)")
    private Boolean fuse;

    /** The options' names. */
    public static String[] names() {
        return new String[] {TRAIN, DROP, KEEP, FUSE};
    }

    /** As they were given, to be handed on. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(KEEP + "=" + keep));
        if (!train.isEmpty()) {
            arguments.add(TRAIN + "=" + words(train));
        }
        if (!dropAt.isEmpty()) {
            arguments.add(DROP + "=" + words(dropAt));
        }
        if (fuse != null) {
            arguments.add(FUSE + "=" + fuse);
        }
        return arguments;
    }

    private static String words(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Throws an error that names what is wrong. */
    public void check() {
        UsageException.unless(
                keep > 0 && keep <= 1,
                KEEP + " is the part of the tokens that stay, above 0 and at most 1, not " + keep);
    }

    /** A network that is trained so, for this method. */
    public Reprogrammed<MultiLayerNetwork> of(MultiLayerNetwork net, TrainingMethod method) {
        return of(net, method, null);
    }

    private Reprogrammed<MultiLayerNetwork> of(MultiLayerNetwork net, TrainingMethod method, Sample sample) {
        return Reprogram.convert(net, options(method, net.getLayers()), sample);
    }

    /** The same of a graph. */
    public Reprogrammed<ComputationGraph> of(ComputationGraph net, TrainingMethod method) {
        return of(net, method, null);
    }

    private Reprogrammed<ComputationGraph> of(ComputationGraph net, TrainingMethod method, Sample sample) {
        return Reprogram.convert(net, options(method, net.getLayers()), sample);
    }

    /** The same of a network of either kind, with what is kept for a sample in the report. */
    public Reprogrammed<? extends Model> of(Model net, TrainingMethod method, Sample sample) {
        return net instanceof MultiLayerNetwork line
                ? of(line, method, sample)
                : of((ComputationGraph) net, method, sample);
    }

    /** Where nothing is said, as it suits the network: without a class token by the attention that tokens receive, in front of a mean over tokens not fused. */
    private ReprogramOptions options(TrainingMethod method, Layer... layers) {
        List<org.deeplearning4j.nn.conf.layers.Layer> all =
                Stream.of(layers).map(layer -> layer.conf().getLayer()).toList();
        int blocks =
                (int) all.stream().filter(TransformerBlock.class::isInstance).count();
        UsageException.unless(
                blocks > 0,
                "--method " + method.label() + " is for networks of transformer blocks, and this one has none");
        check(blocks);
        boolean mean = all.stream().anyMatch(Reprogrammer::isMean);
        boolean classToken = all.stream()
                .anyMatch(layer -> layer instanceof TokenEmbedding
                        || layer instanceof PatchEmbedding patches && patches.isClassToken());
        ReprogramOptions.Builder options = ReprogramOptions.builder();
        if (method.reverses()) {
            options.frozen(null); // those in chains are frozen or not, block by block
        }
        return options.train(train.isEmpty() ? lastOfGroups(blocks) : numbers(train))
                .dropAt(keep == 1 ? new int[0] : dropAt.isEmpty() ? some(blocks) : numbers(dropAt))
                .keep(keep)
                .fuse(fuse == null ? !mean : fuse)
                .score(classToken ? TokenScore.CLASS_TOKEN : TokenScore.MEAN_RECEIVED)
                .build();
    }

    /** Throws an error that names a block that a network of so many has not. */
    public void check(int blocks) {
        checkNumbers(TRAIN, train, blocks);
        checkNumbers(DROP, dropAt, blocks);
    }

    private static void checkNumbers(String option, List<Integer> numbers, int blocks) {
        numbers.forEach(number -> UsageException.unless(
                number >= 0 && number < blocks,
                option + ": the network has " + blocks + " transformer blocks, numbered from 0 on; got " + number));
    }

    private static int[] numbers(List<Integer> blocks) {
        return blocks.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] lastOfGroups(int blocks) {
        return blocks < GROUP
                ? new int[] {blocks - 1}
                : IntStream.range(0, blocks).filter(i -> i % GROUP == GROUP - 1).toArray();
    }

    private static int[] some(int blocks) {
        return IntStream.range(1, blocks - 1).filter(i -> i % EVERY == 0).toArray();
    }
}
