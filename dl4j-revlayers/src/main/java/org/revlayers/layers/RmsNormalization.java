package org.revlayers.layers;

import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.revlayers.function.Norm;

/**
 * RMSNorm with gamma over the features of each token.
 *
 * <pre>y = x / √(mean(x²) + eps) · gamma</pre>
 *
 * <p>Source: Zhang and Sennrich, arXiv 1910.07467.
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class RmsNormalization extends NormLayer {

    private static final long serialVersionUID = 1L;

    private RmsNormalization(Builder builder) {
        super(builder);
    }

    @Override
    protected Norm kind() {
        return Norm.RMS;
    }

    /** Builds an {@link RmsNormalization}. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public static final class Builder extends NormLayer.Builder<Builder, RmsNormalization> {
        /** With the options of all norms at their defaults. */
        public Builder() {
            super(RmsNormalization::new);
        }
    }
}
