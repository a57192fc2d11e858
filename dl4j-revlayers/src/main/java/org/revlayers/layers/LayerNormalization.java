package org.revlayers.layers;

import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.revlayers.function.Norm;

/**
 * LayerNorm with gamma and beta over the features of each token.
 *
 * <pre>y = (x − mean) / √(variance + eps) · gamma + beta</pre>
 *
 * <p>Source: Ba et al., arXiv 1607.06450.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class LayerNormalization extends NormLayer {

    private static final long serialVersionUID = 1L;

    private LayerNormalization(Builder builder) {
        super(builder);
    }

    @Override
    protected Norm kind() {
        return Norm.LAYER;
    }

    /** Builds a {@link LayerNormalization}. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public static final class Builder extends NormLayer.Builder<Builder, LayerNormalization> {
        /** With the options of all norms at their defaults. */
        public Builder() {
            super(LayerNormalization::new);
        }
    }
}
