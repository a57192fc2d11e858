package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Prediction;

/**
 * Layers one after another: which arrays lie between them, who writes over which and who reads which in backward.
 *
 * @param layers at least one, unless nothing is asked
 * @param moved  those whose input, and what they keep, waits on a disk
 * @param lean   whether an input is computed again where the layer before {@link InnerLayer#rebuildOutput can}
 */
record Row(List<InnerLayer> layers, Set<InnerLayer> moved, boolean lean) {

    /** The name under which the input of layer i is kept. */
    static String input(int i) {
        return "input " + i;
    }

    static boolean reads(InnerLayer layer) {
        return layer.readsInput() && !layer.worksInPlace();
    }

    /** The shape of every layer's input, and of the output. */
    long[][] shapes(long... input) {
        long[][] shapes = new long[layers.size() + 1][];
        shapes[0] = input;
        for (int i = 0; i < layers.size(); i++) {
            shapes[i + 1] = layers.get(i).outputShape(shapes[i]);
        }
        return shapes;
    }

    /** The type of every layer's input, and of the output. */
    List<InputType> types(InputType input) {
        List<InputType> types = new ArrayList<>(List.of(input));
        layers.forEach(layer -> types.add(layer.outputType(types.get(types.size() - 1))));
        return types;
    }

    Pass[] passes(Pass pass, long batch) {
        Pass[] passes = new Pass[layers.size()];
        INDArray mask = pass.mask();
        for (int i = 0; i < passes.length; i++) {
            passes[i] = pass.of(i).masked(mask);
            mask = mask == null ? null : layers.get(i).outputMask(mask, batch);
        }
        return passes;
    }

    /** Whether layer i writes over its input: not over the network's, nor over one that the layer before reads in backward. */
    boolean overwrites(int i) {
        return i > 0 && layers.get(i).worksInPlace() && !layers.get(i - 1).readsOutput();
    }

    /** The last input (or the output, counted behind the layers) that lies in the array of input i. */
    int lastOverwriting(int i) {
        int last = i;
        while (last < layers.size() && overwrites(last)) {
            last++;
        }
        return last;
    }

    /** Whether the first n layers work in place, so that the gradient of their output may lie where that of their input goes. */
    boolean areInPlace(int n) {
        return layers.subList(0, n).stream().allMatch(InnerLayer::worksInPlace);
    }

    /** Whether what is kept for layer i waits on a disk. */
    boolean isMoved(int i) {
        return moved.contains(layers.get(i));
    }

    /** How the input of layer i, which is the output of layer i − 1, gets to backward. */
    Keeper keeper(int i) {
        return rebuilds(i) ? Keeper.NOTHING : readers(i);
    }

    private Keeper readers(int i) {
        Keeper reader = reads(layers.get(i)) ? layers.get(i).inputKeeper() : Keeper.NOTHING;
        return layers.get(i - 1).readsOutput() ? reader.and(Keeper.DENSE) : reader;
    }

    /** Whether backward computes the input of layer i again from what the layer before keeps: one that would be kept as it is. */
    boolean rebuilds(int i) {
        return lean
                && i > 0
                && layers.get(i - 1).rebuildsOutput()
                && readers(i) == Keeper.DENSE
                && !isMoved(i - 1)
                && !isMoved(i);
    }

    List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>();
        List<InputType> types = types(input);
        for (int i = 0; i < layers.size(); i++) {
            String part = i + "/";
            List<Prediction> own = new ArrayList<>();
            layers.get(i).predictKept(types.get(i)).forEach(t -> own.add(t.under(part)));
            if (i > 0 && !overwrites(i)) {
                own.addAll(keeper(i).predict(input(i), types.get(i).arrayElementsPerExample()));
            }
            boolean moves = isMoved(i);
            own.forEach(t -> kept.add(moves ? t.moved() : t));
        }
        return kept;
    }
}
