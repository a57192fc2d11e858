package org.revlayers.container;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.contract.ChannelsLast;
import org.revlayers.internal.contract.Pass;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Slices;
import org.revlayers.internal.keep.Keeper;
import org.revlayers.internal.keep.Kept;
import org.revlayers.internal.keep.Prediction;
import org.revlayers.internal.memory.Arena;

/**
 * {@code main(x) + shortcut(x)}. Both read one copy of x; the output of a path is kept where its last layer reads it.
 *
 * @param title    for messages
 * @param main     the one path
 * @param shortcut the other, or null for x itself
 */
record ResidualSum(String title, InnerNetwork main, InnerNetwork shortcut) implements InnerModel, ChannelsLast {

    private static final String MAIN = "main";
    private static final String SHORTCUT = "shortcut";

    @Override
    public boolean canHaveChannelsLast() {
        return main.canHaveChannelsLast() && (shortcut == null || shortcut.canHaveChannelsLast());
    }

    @Override
    public boolean gainsByChannelsLast() {
        return main.gainsByChannelsLast() || shortcut != null && shortcut.gainsByChannelsLast();
    }

    @Override
    public void haveChannelsLast() {
        main.haveChannelsLast();
        if (shortcut != null) {
            shortcut.haveChannelsLast();
        }
    }

    /** What its paths are made of by itself, for both read one copy of x. */
    @Override
    public ResidualSum turned() {
        return new ResidualSum(title, main.turnedOneByOne(), shortcut == null ? null : shortcut.turnedOneByOne());
    }

    @Override
    public long[] outputShape(long... input) {
        long[] sum = main.outputShape(input);
        long[] other = shortcut == null ? input : shortcut.outputShape(input);
        if (!Arrays.equals(sum, other)) {
            throw new IllegalArgumentException(title + " adds equal shapes; its main path gives " + Arrays.toString(sum)
                    + ", its shortcut " + Arrays.toString(other) + ": put a projection on the shortcut");
        }
        return sum;
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass) {
        run(x, out, pass, null);
    }

    @Override
    public void forward(INDArray x, INDArray out, Pass pass, Kept keep) {
        run(x, out, pass, keep);
    }

    private void run(INDArray x, INDArray out, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            run(main, MAIN, x, out, pass.of(0), keep, scratch);
            if (shortcut == null) {
                out.addi(x);
            } else {
                INDArray other = scratch.take(out.dataType(), out.shape());
                run(shortcut, SHORTCUT, x, other, pass.of(1), keep, scratch);
                out.addi(other);
            }
        }
    }

    private static void run(
            InnerNetwork path, String name, INDArray x, INDArray out, Pass pass, Kept keep, Arena.Scratch scratch) {
        INDArray in = x;
        Keeper keeper = path.readsInput() ? path.inputKeeper() : Keeper.NOTHING;
        if (pass.training() && !keeper.equals(keeper.forBackward())) { // a copy of its own, to be pruned
            INDArray pruned = scratch.take(x.dataType(), x.shape()).assign(x);
            Kept.pass(passing -> keeper.ready(name, pruned, pass.mask(), passing));
            in = pruned;
        }
        if (keep == null) {
            path.forward(in, out, pass);
        } else {
            path.forward(in, out, pass, keep.part(name));
        }
        if (in != x) {
            scratch.give(in);
        }
        if (keep != null && path.readsOutput()) {
            Keeper.DENSE.room(name, out.dataType(), out.shape(), keep, null).assign(out);
        }
    }

    @Override
    public void backward(INDArray x, INDArray out, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        try (Arena.Scratch scratch = Arena.current().scratch()) {
            back(main, MAIN, x, dy, dx, pass.of(0), keep);
            if (shortcut == null) {
                dx.addi(dy);
            } else {
                INDArray other = scratch.take(dx.dataType(), dx.shape());
                back(shortcut, SHORTCUT, x, dy, other, pass.of(1), keep);
                dx.addi(other);
            }
        }
    }

    private static void back(
            InnerNetwork path, String name, INDArray x, INDArray dy, INDArray dx, Pass pass, Kept keep) {
        path.backward(x, keep.get(name), dy, dx, pass, keep.part(name));
        keep.part(name).clear();
        keep.release(name);
    }

    @Override
    public boolean readsInput() {
        return main.readsInput() || shortcut != null && shortcut.readsInput();
    }

    @Override
    public Keeper inputKeeper() {
        Keeper first = main.readsInput() ? main.inputKeeper() : Keeper.NOTHING;
        Keeper both = shortcut == null || !shortcut.readsInput() ? first : first.and(shortcut.inputKeeper());
        return both.forBackward(); // the sum reads x itself
    }

    @Override
    public InputType outputType(InputType input) {
        return main.outputType(input);
    }

    @Override
    public List<Prediction> predictKept(InputType input) {
        List<Prediction> kept = new ArrayList<>(predict(main, MAIN, input));
        if (shortcut != null) {
            kept.addAll(predict(shortcut, SHORTCUT, input));
        }
        return kept;
    }

    private static List<Prediction> predict(InnerNetwork path, String name, InputType input) {
        List<Prediction> kept = new ArrayList<>();
        path.predictKept(input).forEach(t -> kept.add(t.under(name + "/")));
        if (path.readsOutput()) {
            kept.add(Prediction.dense(name, path.outputType(input).arrayElementsPerExample()));
        }
        return kept;
    }

    @Override
    public INDArray outputMask(INDArray mask, long batch) {
        return main.outputMask(mask, batch);
    }

    @Override
    public long parameters() {
        return main.parameters() + (shortcut == null ? 0 : shortcut.parameters());
    }

    @Override
    public void setGradients(INDArray flat) {
        List<INDArray> views =
                Slices.cut(List.of(main.parameters(), shortcut == null ? 0 : shortcut.parameters()), flat);
        main.setGradients(views.get(0));
        if (shortcut != null) {
            shortcut.setGradients(views.get(1));
        }
    }

    @Override
    public long verifiedReconstructions() {
        return main.verifiedReconstructions() + (shortcut == null ? 0 : shortcut.verifiedReconstructions());
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        main.applyConstraints(iteration, epoch);
        if (shortcut != null) {
            shortcut.applyConstraints(iteration, epoch);
        }
    }

    @Override
    public void clear() {
        main.clear();
        if (shortcut != null) {
            shortcut.clear();
        }
    }

    @Override
    public String toString() {
        return main + " + " + (shortcut == null ? "x" : shortcut);
    }
}
