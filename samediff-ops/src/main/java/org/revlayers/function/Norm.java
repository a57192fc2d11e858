package org.revlayers.function;

/** The statistic that a normalisation divides by. */
public enum Norm {
    /** z = (x − mean) / √(var + eps), biased variance, over the last axis. */
    LAYER,
    /** z = x / √(mean(x²) + eps), over the last axis. */
    RMS
}
