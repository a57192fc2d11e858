package org.revlayers.convert;

import org.deeplearning4j.nn.api.Model;

/**
 * A plain network that was made of a reversible one.
 *
 * @param network with the parameters of the one that was given; that one is untouched
 * @param report  whether it computes the same, and by how much it does not
 */
public record RestoreResult<M extends Model>(M network, RestoreReport report) {}
