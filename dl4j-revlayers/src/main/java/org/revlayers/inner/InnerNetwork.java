package org.revlayers.inner;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.memory.Arena;
import org.revlayers.memory.Form;
import org.revlayers.memory.Kept;

/**
 * Layers one after another, as one layer: the inside of a container. Made by {@link InnerLayers}.
 *
 * <p>Between forward and backward it keeps, under {@code input i}, the inputs that layers read in backward and the outputs that they say
 * they read, each once, and what each layer keeps for itself. An array between two layers that neither reads is never kept, and a layer
 * that works in place writes over its input where it may. Backward frees every array as soon as its last reader has run.
 *
 * <p>Layer {@code i} draws its random numbers from {@code pass.of(i)}.
 */
@RequiredArgsConstructor(access = AccessLevel.PACKAGE)
public final class InnerNetwork implements InnerLayer {

    private final List<InnerLayer> layers;

    /** What takes the gradient view of each configuration: there may be more layers than configurations, or fewer. */
    private final List<Consumer<INDArray>> gradientViews;

    /** The DL4J layers among them, which know how to apply their constraints. */
    private final List<org.deeplearning4j.nn.api.Layer> constrained;

    /** The layers as they run, for reports and tests. */
    public List<InnerLayer> layers() {
        return List.copyOf(layers);
    }

    /**
     * Sets the views that backward writes parameter gradients to.
     *
     * @param views one for each configuration that the network was made from, in order; null where a configuration has no parameters
     */
    public void setGradients(List<INDArray> views) {
        if (views.size() != gradientViews.size()) {
            throw new IllegalArgumentException("a network of " + gradientViews.size()
                    + " configurations needs as many gradient views, null where there are no parameters; got "
                    + views.size());
        }
        for (int i = 0; i < views.size(); i++) {
            if (views.get(i) != null) {
                gradientViews.get(i).accept(views.get(i));
            }
        }
    }

    /** Applies the constraints of the layers, as DL4J does after each update. */
    public void applyConstraints(int iteration, int epoch) {
        constrained.forEach(layer -> layer.applyConstraints(iteration, epoch));
    }

    @Override
    public long[] outputShape(long... input) {
        return shapes(input)[layers.size()];
    }

    /** The shape of every layer's input, and of the output. */
    private long[][] shapes(long... input) {
        long[][] shapes = new long[layers.size() + 1][];
        shapes[0] = input;
        for (int i = 0; i < layers.size(); i++) {
            shapes[i + 1] = layers.get(i).outputShape(shapes[i]);
        }
        return shapes;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run(x, out, pass, keep);
    }

    /** A forward that no backward follows: nothing is kept, arrays live for as long as the next layer reads them. */
    public void forward(INDArray x, INDArray out, Pass pass) {
        run(x, out, pass, null);
    }

    private void run(INDArray x, INDArray out, Pass pass, Kept keep) {
        if (layers.isEmpty()) {
            out.assign(x);
            return;
        }
        long[][] shapes = shapes(x.shape());
        Pass[] passes = passes(pass, x.size(0));
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray in = x;
            for (int i = 0; i < layers.size(); i++) {
                INDArray to = overwrites(i) ? in : null;
                if (to == null) {
                    int last = lastOverwriting(i + 1);
                    to = last == layers.size()
                            ? out
                            : keep != null && isRead(last)
                                    ? keep.take("input " + last, Form.DENSE, x.dataType(), shapes[last])
                                    : scratch.take(x.dataType(), shapes[last]);
                }
                run(layers.get(i), in, to, passes[i], keep, i);
                if (i > 0 && in != to && (keep == null || !isRead(i))) {
                    scratch.give(in);
                }
                in = to;
            }
        }
    }

    private static void run(InnerLayer layer, INDArray in, INDArray to, Pass pass, Kept keep, int i) {
        if (keep != null) {
            layer.forward(in, to, pass, keep.part(String.valueOf(i)));
            return;
        }
        Kept passing = Kept.passing();
        passing.begin();
        try {
            layer.forward(in, to, pass, passing);
        } finally {
            passing.clear();
        }
    }

    /** Whether layer i writes over its input: not over the network's, nor over one that the layer before reads in backward. */
    private boolean overwrites(int i) {
        return i > 0 && layers.get(i).worksInPlace() && !layers.get(i - 1).readsOutput();
    }

    /** The last input (or the output, counted behind the layers) that lies in the array of input i. */
    private int lastOverwriting(int i) {
        int last = i;
        while (last < layers.size() && overwrites(last)) {
            last++;
        }
        return last;
    }

    /** Whether backward reads the input of layer i, which is the output of layer i − 1. */
    private boolean isRead(int i) {
        return !layers.get(i).worksInPlace() || layers.get(i - 1).readsOutput();
    }

    private Pass[] passes(Pass pass, long batch) {
        Pass[] passes = new Pass[layers.size()];
        INDArray mask = pass.mask();
        for (int i = 0; i < passes.length; i++) {
            passes[i] = pass.of(i).masked(mask);
            mask = mask == null ? null : layers.get(i).outputMask(mask, batch);
        }
        return passes;
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        if (layers.isEmpty()) {
            dx.assign(dy);
            return;
        }
        long[][] shapes = shapes(x.shape());
        Pass[] passes = passes(pass, x.size(0));
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray gradient = dy;
            for (int i = layers.size() - 1; i >= 0; i--) {
                InnerLayer layer = layers.get(i);
                boolean ours = gradient != dy;
                INDArray to = ours && layer.worksInPlace()
                        ? gradient
                        : endsInPlace(i) ? dx : scratch.take(x.dataType(), shapes[i]);
                INDArray output = i + 1 == layers.size() ? out : keep.get("input " + (i + 1));
                Kept part = keep.part(String.valueOf(i));
                layer.backward(
                        i == 0 ? x : keep.get("input " + i),
                        layer.readsOutput() ? output : null,
                        gradient,
                        to,
                        passes[i],
                        part);
                part.clear();
                keep.release("input " + (i + 1));
                if (ours && to != gradient) {
                    scratch.give(gradient);
                }
                gradient = to;
            }
        }
    }

    /** Whether all layers before i work in place, so that the gradient of input i may lie where that of the network's input goes. */
    private boolean endsInPlace(int i) {
        return layers.subList(0, i).stream().allMatch(InnerLayer::worksInPlace);
    }

    @Override
    public boolean readsOutput() {
        return !layers.isEmpty() && layers.get(layers.size() - 1).readsOutput();
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        INDArray last = mask;
        for (InnerLayer layer : layers) {
            last = last == null ? null : layer.outputMask(last, batch);
        }
        return last;
    }

    @Override
    public void clear() {
        layers.forEach(InnerLayer::clear);
    }

    @Override
    public String toString() {
        List<String> names = new ArrayList<>();
        layers.forEach(layer -> names.add(layer.toString()));
        return names.toString();
    }
}
