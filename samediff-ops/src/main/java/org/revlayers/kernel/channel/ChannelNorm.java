package org.revlayers.kernel.channel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link ChannelKernels} normalise with; every array has one number per channel.
 *
 * @param mean     of the values' type (FLOAT for HALF)
 * @param variance biased, as the mean
 * @param eps      added to the variance
 * @param gamma    of the values' type; or null for one
 * @param beta     as gamma; or null for zero
 * @param relu     whether negative values become zero
 */
public record ChannelNorm(INDArray mean, INDArray variance, double eps, INDArray gamma, INDArray beta, boolean relu) {}
