package org.revlayers.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.revlayers.convert.Sample;

/**
 * A random batch to compare a network before and after its conversion with.
 *
 * @param arrays one per input of the network; null if there is none
 * @param types  of the arrays
 * @param words  what it is, or why there is none and what to do
 */
record SampleBatch(INDArray[] arrays, InputType[] types, String words) {

    private static final long SEED = 1;

    /** Sides of images that are tried where a file does not tell: the usual ones first. */
    private static final long[] SIDES = LongStream.concat(
                    LongStream.of(224, 32, 28, 64, 96, 128, 160, 192, 256, 299, 384, 448, 512),
                    LongStream.rangeClosed(1, 320))
            .distinct()
            .toArray();

    /** Passes of the network at most to find a size. */
    private static final int TRIALS = 4;

    /**
     * For a network.
     *
     * @param given what the command line says of each input; empty to ask the layers
     * @param batch examples
     */
    static SampleBatch of(Model model, List<GivenInput> given, int batch) {
        ModelInputs inputs = ModelInputs.of(model);
        if (!given.isEmpty() && given.size() != inputs.names().size()) {
            throw new IllegalArgumentException("--input must be given once per input of the model, in this order: "
                    + inputs.names() + "; got " + given.size());
        }
        List<SampleInput> known = new ArrayList<>();
        for (int i = 0; i < inputs.names().size(); i++) {
            SampleInput told = inputs.told(inputs.names().get(i));
            if (given.isEmpty() && told == null) {
                String name = inputs.names().get(i);
                return none("the layer behind " + name + " does not tell the input's shape");
            }
            known.add(given.isEmpty() ? told : given.get(i).sample(told));
        }
        if (known.stream().allMatch(SampleInput::sized)) {
            SampleBatch drawn = drawn(model, known, batch);
            RuntimeException refusal = drawn.refusal(model);
            if (refusal != null && !given.isEmpty()) {
                throw new IllegalArgumentException(
                        "the model cannot read " + drawn.words() + ", as --input says: " + refusal.getMessage(),
                        refusal);
            }
            return refusal == null ? drawn : none("the model does not read " + drawn.words());
        }
        int trials = TRIALS;
        for (long side : SIDES) {
            List<SampleInput> sized =
                    known.stream().map(k -> k.withImages(side)).toList();
            if (trials > 0 && ModelInputs.fits(model, types(sized))) {
                trials--;
                SampleBatch drawn = drawn(model, sized, batch);
                if (drawn.refusal(model) == null) {
                    return drawn;
                }
            }
        }
        return none("the file does not tell the size of its images, and no square one was found that fits");
    }

    /** For a conversion; null if there is none. */
    Sample sample() {
        return arrays == null ? null : Sample.of(arrays).types(types);
    }

    /** To train on: as labels it has what the network gives, for how it learns does not matter. Throws if there is no sample. */
    MultiDataSet labelled(Model net) {
        if (arrays == null) {
            throw new IllegalArgumentException("no batch to plan for: " + words);
        }
        return labelled(net, arrays);
    }

    static MultiDataSet labelled(Model net, INDArray... features) {
        INDArray[] labels = net instanceof MultiLayerNetwork line
                ? new INDArray[] {line.output(features[0])}
                : ((ComputationGraph) net).output(features);
        return new MultiDataSet(features, labels);
    }

    private static SampleBatch none(String why) {
        return new SampleBatch(
                null,
                null,
                "none, so outputs and predicted memory are not compared: " + why
                        + ". Give it with --input, for instance --input 3,224,224 or --input ids:64,30522");
    }

    private static InputType[] types(List<SampleInput> inputs) {
        return inputs.stream().map(SampleInput::type).toArray(InputType[]::new);
    }

    private static SampleBatch drawn(Model model, List<SampleInput> inputs, int batch) {
        DataType numbers = model instanceof MultiLayerNetwork net
                ? net.getLayerWiseConfigurations().getDataType()
                : ((ComputationGraph) model).getConfiguration().getDataType();
        return new SampleBatch(
                IntStream.range(0, inputs.size())
                        .mapToObj(i -> inputs.get(i).draw(batch, numbers, SEED + i))
                        .toArray(INDArray[]::new),
                types(inputs),
                String.join(", ", inputs.stream().map(i -> i.words(batch)).toList()));
    }

    /** What the network throws at it; null if it reads it. */
    private RuntimeException refusal(Model model) {
        try {
            if (model instanceof MultiLayerNetwork net) {
                net.output(arrays[0]);
            } else {
                ((ComputationGraph) model).output(arrays);
            }
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }
}
