package org.revlayers.container;

import java.util.ArrayList;
import java.util.List;
import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.container.CompositeLayer;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.container.PartCheck;
import org.revlayers.internal.container.Types;
import org.revlayers.internal.inner.InnerLayers;
import org.revlayers.internal.inner.InnerModel;
import org.revlayers.internal.inner.InnerNetwork;
import org.revlayers.internal.inner.Slices;

/**
 * {@code after(main(x) + shortcut(x))}: a residual block, with a projection on its shortcut or without, as one layer inside a {@link
 * CheckpointSequence} or {@link RazorSequence}, or by itself.
 *
 * <p>Kept: what the layers inside keep, as the container around it says; both paths read one copy of the input. By itself it keeps what backward
 * reads as it is, 4 bytes per fp32 element, and one bit per element for a ReLU; gradients are exact.
 *
 * <p>Parameters are named {@code main.layer.parameter}, {@code shortcut.…} and {@code after.…}.
 *
 * <pre>{@code
 * new ResidualUnit.Builder().main(conv1, norm1, relu, conv2, norm2).shortcut(projection, norm).after(new ActivationLayer(Activation.RELU)).build()
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class ResidualUnit extends CompositeLayer {

    private static final long serialVersionUID = 1L;

    private List<Layer> main = new ArrayList<>();

    /** Empty for x itself. */
    private List<Layer> shortcut = new ArrayList<>();

    /** Empty for the sum itself. */
    private List<Layer> after = new ArrayList<>();

    private ResidualUnit(Builder builder) {
        super(builder);
        main = builder.main;
        shortcut = builder.shortcut;
        after = builder.after;
        initializeConstraints(builder);
    }

    @Override
    public InnerModel inner(INDArray parameters, InnerLayers.Setting setting) {
        List<Layer> inSum = new ArrayList<>(main);
        inSum.addAll(shortcut);
        List<Layer> all = new ArrayList<>(inSum);
        all.addAll(after);
        List<INDArray> slices = Slices.of(all, parameters);
        InnerNetwork first = InnerLayers.network(main, slices.subList(0, main.size()), setting);
        InnerNetwork second = shortcut.isEmpty()
                ? null
                : InnerLayers.network(shortcut, slices.subList(main.size(), inSum.size()), setting);
        InnerModel sum = new ResidualSum(title(), first, second);
        if (after.isEmpty()) {
            return sum;
        }
        InnerNetwork last = InnerLayers.network(after, slices.subList(inSum.size(), all.size()), setting);
        return InnerNetwork.of(List.of(sum, last));
    }

    /** Its paths read the network's own array: a copy in another order would be kept beside it. */
    @Override
    public InnerModel outermost(INDArray parameters, InnerLayers.Setting setting) {
        InnerModel made = inner(parameters, setting);
        return made instanceof InnerNetwork row ? row.turnedOneByOne() : made.turned();
    }

    @Override
    protected List<Part> parts() {
        List<Part> parts = new ArrayList<>(Part.named("main.", main));
        parts.addAll(Part.named("shortcut.", shortcut));
        parts.addAll(Part.named("after.", after));
        return parts;
    }

    @Override
    protected String title() {
        return "residual unit \"" + getLayerName() + "\"";
    }

    @Override
    protected String naming() {
        return "main.layer.parameter, shortcut.layer.parameter or after.layer.parameter";
    }

    @Override
    protected void check(DataType type) {
        new PartCheck(this).require(!main.isEmpty(), "has no layers on its main path: add some with main(...)");
        super.check(type);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType input) {
        return Types.through(title() + ", after", after, sum(input));
    }

    /** The type of the sum, which both paths have to give. */
    InputType sum(InputType input) {
        InputType sum = Types.through(title() + ", main", main, input);
        InputType other = Types.through(title() + ", shortcut", shortcut, input);
        if (!sum.equals(other)) {
            throw new IllegalArgumentException(title() + " adds equal shapes; its main path gives " + sum
                    + ", its shortcut " + other + ": put a projection on the shortcut");
        }
        return sum;
    }

    @Override
    protected void tellInputs(InputType input, boolean override) {
        Types.through(title() + ", main", main, input, (layer, type) -> layer.setNIn(type, override));
        Types.through(title() + ", shortcut", shortcut, input, (layer, type) -> layer.setNIn(type, override));
        Types.through(title() + ", after", after, sum(input), (layer, type) -> layer.setNIn(type, override));
    }

    @Override
    public ResidualUnit clone() {
        ResidualUnit copy = (ResidualUnit) super.clone();
        copy.main = copies(main);
        copy.shortcut = copies(shortcut);
        copy.after = copies(after);
        return copy;
    }

    /** Builds a {@link ResidualUnit}. */
    @SuppressWarnings("unchecked") // build() of the superclass is generic in its result
    public static final class Builder extends BaseLayer.Builder<Builder> {

        private List<Layer> main = new ArrayList<>();
        private List<Layer> shortcut = new ArrayList<>();
        private List<Layer> after = new ArrayList<>();

        /** The layers of the main path; at least one. */
        public Builder main(Layer... layers) {
            main = new ArrayList<>(List.of(layers));
            return this;
        }

        /** The layers of the shortcut; none, and it is x itself. */
        public Builder shortcut(Layer... layers) {
            shortcut = new ArrayList<>(List.of(layers));
            return this;
        }

        /** What is applied to the sum. */
        public Builder after(Layer... layers) {
            after = new ArrayList<>(List.of(layers));
            return this;
        }

        @Override
        public ResidualUnit build() {
            return new ResidualUnit(this);
        }
    }
}
