package org.revlayers.examples.finetune;

import org.revlayers.reversible.Coefficients;

/**
 * One step of a fine-tuning. Memory in bytes.
 *
 * @param number       from 1, over all processes of a run that was resumed
 * @param loss         training loss of its batch
 * @param seconds      that it took
 * @param coefficients of the chains in it, null without chains that reverse
 * @param proved       reconstructions that a checksum proved in it
 * @param kept         for backward, when its forward pass had ended
 * @param peak         of live arrays in it, beyond weights, gradients and updater state
 */
record TrainingStep(
        int number, double loss, double seconds, Coefficients coefficients, long proved, long kept, long peak) {}
