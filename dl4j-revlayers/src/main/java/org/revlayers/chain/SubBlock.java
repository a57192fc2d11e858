package org.revlayers.chain;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import lombok.Data;
import lombok.NoArgsConstructor;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.revlayers.internal.container.Part;
import org.revlayers.internal.contract.Wrappers;
import org.revlayers.reversible.ChainMode;

/**
 * One sub-block of a {@link ReversibleChain}: x' = F(r(x)) + α·r(x) + y, y' = β·x, F being any list of DL4J layers with equal input and output
 * shape.
 *
 * <p>{@code entry} is r, the function that the pretrained network applies after the addition of the block before (ReLU of a ResNet, the norm
 * of a post-LN transformer); empty for the identity. {@code residual(false)} says that the pretrained network has no edge around F: then
 * α = 0.
 *
 * <pre>{@code
 * SubBlock.of("mlp3", new LayerNormalization.Builder().build(), new TransformerMlp.Builder(3072).build())
 * }</pre>
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
public final class SubBlock implements Serializable {

    private static final long serialVersionUID = 1L;

    private String name;
    private List<Layer> entry = new ArrayList<>();
    private List<Layer> function = new ArrayList<>();
    private boolean residual = true;
    private @Nullable ChainMode mode;

    /** A sub-block whose r is the identity. */
    public static SubBlock of(String name, Layer... function) {
        SubBlock block = new SubBlock();
        block.name = name;
        block.function = new ArrayList<>(List.of(function));
        return block;
    }

    /** Sets r. */
    public SubBlock after(Layer... entry) {
        this.entry = new ArrayList<>(List.of(entry));
        return this;
    }

    /** Sets a mode of its own; the chain's if null. */
    public SubBlock mode(@Nullable ChainMode mode) {
        this.mode = mode;
        return this;
    }

    /** Whether the pretrained network has an edge around F. */
    public SubBlock residual(boolean has) {
        this.residual = has;
        return this;
    }

    /** The layers, those of r first, with the prefixes of their parameters' names. */
    List<Part> parts() {
        List<Part> parts = new ArrayList<>(entryParts());
        parts.addAll(functionParts());
        return parts;
    }

    /** Those of r. */
    List<Part> entryParts() {
        return Part.named(name + ".r", entry);
    }

    /** Those of F. */
    List<Part> functionParts() {
        return Part.named(name + ".", function);
    }

    SubBlock copy() {
        SubBlock copy = new SubBlock();
        copy.name = name;
        entry.forEach(l -> copy.entry.add(Wrappers.copy(l)));
        function.forEach(l -> copy.function.add(Wrappers.copy(l)));
        copy.residual = residual;
        copy.mode = mode;
        return copy;
    }
}
