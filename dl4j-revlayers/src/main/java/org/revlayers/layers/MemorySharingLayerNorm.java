package org.revlayers.layers;

import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.revlayers.function.Norm;

/**
 * LayerNorm without gamma and beta (MS-LN): they are merged into the linear layers that read it.
 *
 * <pre>z = (x − mean) / √(variance + eps)</pre>
 *
 * <p>Source: arXiv 2406.16282 (ICML 2024), section on memory-sharing backpropagation. Inside a {@link TransformerBlock} its output is kept once for its own backward and for the linear layer behind it.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class MemorySharingLayerNorm extends NormLayer {

    private static final long serialVersionUID = 1L;

    private MemorySharingLayerNorm(Builder builder) {
        super(builder);
    }

    @Override
    protected Norm kind() {
        return Norm.LAYER;
    }

    @Override
    protected boolean affine() {
        return false;
    }

    /** Builds a {@link MemorySharingLayerNorm}. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public static final class Builder extends NormLayer.Builder<Builder, MemorySharingLayerNorm> {
        /** With the options of all norms at their defaults. */
        public Builder() {
            super(MemorySharingLayerNorm::new);
        }
    }
}
