package org.revlayers.function;

/**
 * The statistic that a normalisation divides by.
 *
 * @since 0.1.0
 */
public enum Norm {
    /** z = (x − mean) / √(var + eps), biased variance, over the last axis. */
    LAYER,
    /** z = x / √(mean(x²) + eps), over the last axis. */
    RMS
}
