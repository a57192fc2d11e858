package org.revlayers.layers;

import lombok.Data;
import lombok.EqualsAndHashCode;
import lombok.NoArgsConstructor;
import lombok.ToString;
import org.revlayers.function.Norm;

/**
 * RMSNorm without gamma (MS-RMSNorm): it is merged into the linear layers that read it.
 *
 * <pre>z = x / √(mean(x²) + eps)</pre>
 *
 * <p>Sources: Zhang and Sennrich 2019; arXiv 2406.16282 (ICML 2024).
 *
 * @since 0.1.0
 */
@Data
@NoArgsConstructor
@EqualsAndHashCode(callSuper = true)
@ToString(callSuper = true)
public class MemorySharingRmsNorm extends NormLayer {

    private static final long serialVersionUID = 1L;

    private MemorySharingRmsNorm(Builder builder) {
        super(builder);
    }

    @Override
    protected Norm kind() {
        return Norm.RMS;
    }

    @Override
    protected boolean affine() {
        return false;
    }

    /** Builds a {@link MemorySharingRmsNorm}. */
    @SuppressWarnings("unchecked") // build() of DL4J's builder is generic in its result
    public static final class Builder extends NormLayer.Builder<Builder, MemorySharingRmsNorm> {
        /** With the options of all norms at their defaults. */
        public Builder() {
            super(MemorySharingRmsNorm::new);
        }
    }
}
