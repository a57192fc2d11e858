package org.revlayers.internal.keep;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.revlayers.internal.kernel.Buffers;
import org.revlayers.internal.kernel.linear.Gemm;
import org.revlayers.internal.kernel.razor.RazorKernels;
import org.revlayers.internal.kernel.razor.RazorLayout;
import org.revlayers.internal.memory.Arena;
import org.revlayers.keep.Memory;
import org.revlayers.keep.RazorFill;
import org.revlayers.keep.RazorValues;

/**
 * Back Razor for one activation: what is kept of it for backward is a bitmap and its largest values, per example of the batch. Forward
 * computes with the activation itself, backward with x̂. What was not kept counts there as the mean of its side of 0 ({@link RazorFill#MEAN}), or
 * as 0, as in the paper. See {@link RazorKernels}.
 *
 * <p>With {@code forward} linear layers compute with x̂ in a training's forward as well, as methods do that sparsify activations themselves: the
 * ablation that the paper contrasts with. Accuracy suffers; memory is the same, the output's bits are not. Batch norms read x still, and so does
 * the softmax: its probabilities are only thinned for backward.
 *
 * <p>Kept for n elements: n/8 bytes of bitmap, (1 − prune)·n values of 4, 2 or 1 byte, and with MEAN another n/8 bytes. With prune = 0 and values of 16
 * or 8 bits every element is there: n values and no bitmap, {@link Memory#half} and {@link Memory#int8}.
 *
 * @param prune  fraction of the elements that is dropped, in [0, 1)
 * @param values how the rest is stored
 * @param fill   what the others count as
 * @param forward whether forward reads x̂, too
 */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
public record Thinning(double prune, RazorValues values, RazorFill fill, boolean forward) implements Serializable {

    private static final String BITS = "_bits";
    private static final String VALUES = "_values";
    private static final String RANGES = "_ranges";
    private static final String POSITIVE = "_positive";
    private static final String MEANS = "_means";

    /** Checks the ratio. */
    @JsonCreator
    public Thinning(
            @JsonProperty("prune") double prune,
            @JsonProperty("values") RazorValues values,
            @JsonProperty("fill") RazorFill fill,
            @JsonProperty("forward") boolean forward) {
        RazorLayout.rank(1, prune);
        this.prune = prune;
        this.values = values;
        this.fill = fill == null ? RazorFill.ZERO : fill; // files of before there was a choice
        this.forward = forward;
    }

    /** For backward alone, with the means of what is dropped. */
    public Thinning(double prune, RazorValues values) {
        this(prune, values, RazorFill.MEAN);
    }

    /** For backward alone. */
    public Thinning(double prune, RazorValues values, RazorFill fill) {
        this(prune, values, fill, false);
    }

    /** The smaller prune ratio and the finer values of two, for one copy that serves both. */
    public Thinning and(Thinning other) {
        return new Thinning(
                Math.min(prune, other.prune),
                values.compareTo(other.values) < 0 ? values : other.values,
                fill.compareTo(other.fill) < 0 ? other.fill : fill,
                forward && other.forward);
    }

    /** The same without {@code forward}. */
    public Thinning forBackward() {
        return new Thinning(prune, values, fill);
    }

    /** The same with another ratio. */
    public Thinning withPrune(double other) {
        return new Thinning(other, values, fill, forward);
    }

    /** Storage in 16 bits: nothing is dropped. */
    public static Thinning half() {
        Memory.Thin half = Memory.half().thin();
        return new Thinning(half.prune(), half.values(), half.fill());
    }

    /** Whether all elements are there, in 16 or 8 bits, so that no bitmap has to say which. */
    private boolean keepsAll() {
        return prune == 0 && values != RazorValues.FULL;
    }

    private RazorLayout layout(long... shape) {
        return RazorLayout.of(prune, values, shape);
    }

    /** Keeps x, thinned, under this name. */
    public void keep(String name, INDArray x, Kept keep) {
        RazorLayout layout = layout(x.shape());
        if (layout.rangeCount() > 0) {
            keep.take(name + RANGES, form(), DataType.FLOAT, layout.rangeCount());
        }
        if (!keepsAll()) {
            keep.take(name + BITS, Form.THINNED, DataType.UINT8, layout.bitmapBytes());
        }
        keep.take(name + VALUES, form(), values.type(x.dataType()), layout.valueCount());
        if (hasSides()) {
            keep.take(name + POSITIVE, Form.THINNED, DataType.UINT8, layout.bitmapBytes());
            keep.take(name + MEANS, Form.THINNED, DataType.FLOAT, 2 * layout.batch());
        }
        arrays(name, keep, layout).write(x);
    }

    /** Whether something is dropped that a mean stands for. */
    private boolean hasSides() {
        return fill == RazorFill.MEAN && !keepsAll();
    }

    private Form form() {
        return keepsAll() ? Form.CODED : Form.THINNED;
    }

    private static ThinnedArrays arrays(String name, Kept keep, RazorLayout layout) {
        return new ThinnedArrays(
                layout,
                keep.get(name + BITS),
                keep.get(name + VALUES),
                keep.get(name + RANGES),
                keep.get(name + POSITIVE),
                keep.get(name + MEANS));
    }

    /** Writes x̂, in the shape that {@link #keep} was given. */
    public void restore(String name, Kept keep, INDArray out) {
        arrays(name, keep, layout(out.shape())).read(out);
    }

    /**
     * dw = x̂ᵀ·dy. Where the stored form is quicker to multiply than to write back, it is multiplied.
     *
     * @param dy {@code [rows, out]}
     * @param dw {@code [in, out]}
     * @param batch number of examples that the rows belong to
     */
    public void weightGradient(String name, Kept keep, long batch, INDArray dy, INDArray dw, Arena.Scratch scratch) {
        RazorLayout layout = layout(batch, dy.size(0) / batch * dw.size(0));
        if (ThinnedArrays.multiplies(prune, hasSides(), dy.dataType())) {
            arrays(name, keep, layout).weightGradient(dy, dw);
            return;
        }
        INDArray x = scratch.take(dy.dataType(), dy.size(0), dw.size(0));
        restore(name, keep, Buffers.shaped(x, batch, layout.perSample()));
        Gemm.weightGradient(x, dy, dw, false);
        scratch.give(x);
    }

    /** Gives back what {@link #keep} took. */
    public void release(String name, Kept keep) {
        List.of(BITS, VALUES, RANGES, POSITIVE, MEANS).forEach(part -> keep.release(name + part));
    }

    /** What will be kept of an activation: {@link Prediction#dense} if thinning is null. */
    public static List<Prediction> predict(Thinning thinning, String name, long elements) {
        return thinning == null ? List.of(Prediction.dense(name, elements)) : thinning.predict(name, elements);
    }

    /** What {@link #keep} will take, for so many elements per example. */
    public List<Prediction> predict(String name, long elements) {
        RazorLayout layout = layout(1, elements);
        List<Prediction> kept = new ArrayList<>();
        if (!keepsAll()) {
            kept.add(new Prediction(name + BITS, Form.THINNED, elements, 1));
        }
        int bits = values == RazorValues.FULL
                ? Prediction.NETWORK
                : values.type(DataType.FLOAT).width() * Byte.SIZE;
        kept.add(new Prediction(name + VALUES, form(), layout.room(), bits));
        if (layout.rangeCount() > 0) {
            kept.add(new Prediction(name + RANGES, form(), layout.rangeCount(), Float.SIZE));
        }
        if (hasSides()) {
            kept.add(new Prediction(name + POSITIVE, Form.THINNED, elements, 1));
            kept.add(new Prediction(name + MEANS, Form.THINNED, 2, Float.SIZE));
        }
        return kept;
    }
}
