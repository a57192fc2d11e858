package org.revlayers.internal.inner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.InnerLayer;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.memory.Arena;

/**
 * Layers one after another, as one layer: the inside of a container. Made by {@link InnerLayers}.
 *
 * <p>Between forward and backward it keeps, under {@code input i}, the inputs that layers read in backward and the outputs that they say
 * they read, each once and as the {@link Keeper} of its reader keeps it, and what each layer keeps for itself. An array between two layers that
 * neither reads is never kept, nor, in a {@link #lean} one, what the layer before can {@link InnerLayer#rebuildOutput rebuild}, and a layer that works in place writes over its input where it may. Backward frees every array as soon as its
 * last reader has run. What it keeps for a layer that is to be on a disk goes there when the layer has run, and comes back for its backward.
 *
 * <p>Layer {@code i} draws its random numbers from {@code pass.of(i)}.
 */
public final class InnerNetwork implements InnerModel, ChannelsLast {

    private final List<InnerLayer> layers;

    private final Row row;

    /** What each configuration has become: there may be more layers than configurations, or fewer. */
    private final List<Trained> trained;

    /** @param moved layers whose input, and what they keep, waits on a disk */
    InnerNetwork(List<InnerLayer> layers, List<Trained> trained, Set<InnerLayer> moved) {
        this(layers, trained, moved, false);
    }

    private InnerNetwork(List<InnerLayer> layers, List<Trained> trained, Set<InnerLayer> moved, boolean lean) {
        this.layers = List.copyOf(layers);
        this.row = new Row(this.layers, moved, lean);
        this.trained = trained;
    }

    /** The same layers, of which none has its input kept that the layer before can {@link InnerLayer#rebuildOutput rebuild}. */
    public InnerNetwork lean() {
        return new InnerNetwork(layers, trained, row.moved(), true);
    }

    /** Layers one after another, and so the parameters of the models among them; the others have none. */
    public static InnerNetwork of(List<? extends InnerLayer> layers) {
        List<Trained> trained = new ArrayList<>();
        for (InnerLayer layer : layers) {
            if (layer instanceof InnerModel model) {
                trained.add(new Trained(model.parameters(), model::setGradients, model::applyConstraints));
            }
        }
        return new InnerNetwork(List.copyOf(layers), trained, Set.of());
    }

    /** The same layers, with their images in the order that suits them: {@link ImageRuns}; each by itself where some wait on a disk. */
    @Override
    public InnerNetwork turned() {
        if (!ImageRuns.areTurned()) {
            return this;
        }
        return row.moved().isEmpty() ? with(ImageRuns.of(layers)) : turnedOneByOne();
    }

    /** The same layers, each turned by itself: images between them are where they were. */
    public InnerNetwork turnedOneByOne() {
        List<InnerLayer> turned = new ArrayList<>();
        Set<InnerLayer> moved = Collections.newSetFromMap(new IdentityHashMap<>());
        for (InnerLayer layer : layers) {
            turned.add(layer.turned());
            if (row.moved().contains(layer)) {
                moved.add(turned.get(turned.size() - 1));
            }
        }
        return new InnerNetwork(turned, trained, moved, row.lean());
    }

    /** The same parameters in these layers. */
    InnerNetwork with(List<InnerLayer> others) {
        return new InnerNetwork(others, trained, Set.of(), row.lean());
    }

    @Override
    public boolean canHaveChannelsLast() {
        return row.moved().isEmpty() && layers.stream().allMatch(ChannelsLast::can);
    }

    @Override
    public boolean gainsByChannelsLast() {
        return layers.stream().anyMatch(ChannelsLast::gains);
    }

    @Override
    public void haveChannelsLast() {
        layers.forEach(ChannelsLast::tell);
    }

    /** The layers as they run, for reports and tests. */
    public List<InnerLayer> layers() {
        return layers;
    }

    /**
     * Sets the views that backward writes parameter gradients to.
     *
     * @param views one for each configuration that the network was made from, in order; null where a configuration has no parameters
     */
    public void setGradients(List<INDArray> views) {
        if (views.size() != trained.size()) {
            throw new IllegalArgumentException("a network of " + trained.size()
                    + " configurations needs as many gradient views, null where there are no parameters; got "
                    + views.size());
        }
        for (int i = 0; i < views.size(); i++) {
            if (views.get(i) != null) {
                trained.get(i).gradientView().accept(views.get(i));
            }
        }
    }

    @Override
    public long parameters() {
        return trained.stream().mapToLong(Trained::parameters).sum();
    }

    @Override
    public void setGradients(INDArray flat) {
        setGradients(Slices.cut(trained.stream().map(Trained::parameters).toList(), flat));
    }

    @Override
    public long verifiedReconstructions() {
        return layers.stream().mapToLong(InnerLayer::verifiedReconstructions).sum();
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        trained.forEach(part -> part.constraints().apply(iteration, epoch));
    }

    @Override
    public long[] outputShape(long... input) {
        return row.shapes(input)[layers.size()];
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run(x, out, pass, keep);
    }

    /** Arrays live for as long as the next layer reads them. */
    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        run(x, out, pass, null);
    }

    private void run(INDArray x, INDArray out, Pass pass, Kept keep) {
        if (layers.isEmpty()) {
            out.assign(x);
            return;
        }
        long[][] shapes = row.shapes(x.shape());
        Pass[] passes = row.passes(pass, x.size(0));
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray in = x;
            for (int i = 0; i < layers.size(); i++) {
                INDArray to = row.overwrites(i) ? in : null;
                if (to == null) {
                    int last = row.lastOverwriting(i + 1);
                    to = last == layers.size()
                            ? out
                            : keeper(last, pass, keep).room(Row.input(last), x.dataType(), shapes[last], keep, scratch);
                }
                if (i > 0 && in != to) {
                    ready(i, in, passes[i], keep);
                }
                run(layers.get(i), in, to, passes[i], keep, i);
                if (i > 0 && in != to) {
                    keeper(i, pass, keep).settle(Row.input(i), in, passes[i].mask(), keep, scratch);
                }
                if (keep != null && keep.isRead() && row.isMoved(i)) {
                    keep.move(Row.input(i), String.valueOf(i));
                }
                in = to;
            }
        }
    }

    /** In training an input is made what its layer is to read, whether a backward follows this forward or one that repeats it; a frozen layer reads it as it is. */
    private void ready(int i, INDArray in, Pass pass, Kept keep) {
        if (keep != null) {
            keeper(i, pass, keep).ready(Row.input(i), in, pass.mask(), keep);
        } else if (pass.training()) {
            Kept.pass(passing -> row.keeper(i).ready(Row.input(i), in, pass.mask(), passing));
        }
    }

    private Keeper keeper(int i, Pass pass, Kept keep) {
        if (keep == null) {
            return Keeper.NOTHING;
        }
        return pass.training() ? row.keeper(i) : row.keeper(i).forBackward();
    }

    private static void run(InnerLayer layer, INDArray in, INDArray to, Pass pass, Kept keep, int i) {
        if (keep != null) {
            layer.forward(in, to, pass, keep.part(String.valueOf(i)));
            return;
        }
        if (layer instanceof InnerModel model) {
            model.forward(in, to, pass);
            return;
        }
        Kept.pass(passing -> layer.forward(in, to, pass, passing));
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        if (layers.isEmpty()) {
            dx.assign(dy);
            return;
        }
        long[][] shapes = row.shapes(dx.shape());
        Pass[] passes = row.passes(pass, dx.size(0));
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            INDArray gradient = dy;
            for (int i = layers.size() - 1; i >= 0; i--) {
                InnerLayer layer = layers.get(i);
                boolean ours = gradient != dy;
                if (!layer.readsOutput()) {
                    release(i + 1, keep);
                }
                INDArray to = ours && layer.worksInPlace()
                        ? gradient
                        : row.areInPlace(i) ? dx : scratch.take(dx.dataType(), shapes[i]);
                INDArray output = i + 1 == layers.size() || !layer.readsOutput() ? out : keep.get(Row.input(i + 1));
                Keeper keeper = i > 0 && Row.reads(layer) ? row.keeper(i) : Keeper.NOTHING;
                boolean rebuilds = row.rebuilds(i);
                INDArray in = x;
                if (rebuilds) {
                    in = scratch.take(dx.dataType(), shapes[i]);
                    layers.get(i - 1).rebuildOutput(in, keep.part(String.valueOf(i - 1)));
                } else if (i > 0) {
                    in = keeper.restore(Row.input(i), dx.dataType(), shapes[i], keep, scratch);
                }
                Kept part = keep.part(String.valueOf(i));
                layer.backward(in, layer.readsOutput() ? output : null, gradient, to, passes[i], part);
                part.clear();
                if (rebuilds) {
                    scratch.give(in);
                } else {
                    keeper.give(in, scratch);
                }
                if (layer.readsOutput()) {
                    release(i + 1, keep);
                }
                if (ours && to != gradient) {
                    scratch.give(gradient);
                }
                gradient = to;
            }
        }
    }

    /** Of a layer whose input nobody reads any more. */
    private void release(int i, Kept keep) {
        if (i < layers.size()) {
            row.keeper(i).release(Row.input(i), keep);
        }
    }

    @Override
    public boolean readsOutput() {
        return !layers.isEmpty() && layers.get(layers.size() - 1).readsOutput();
    }

    @Override
    public boolean readsInput() {
        return !layers.isEmpty() && Row.reads(layers.get(0));
    }

    @Override
    public Keeper inputKeeper() {
        return layers.isEmpty() ? Keeper.NOTHING : layers.get(0).inputKeeper();
    }

    @Override
    public boolean worksInPlace() {
        return !layers.isEmpty() && row.areInPlace(layers.size()) && row.lastOverwriting(1) == layers.size();
    }

    @Override
    public InputType outputType(InputType input) {
        return row.types(input).get(layers.size());
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        return row.predictKept(input);
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
