package org.revlayers.convert;

import org.deeplearning4j.nn.api.Model;

/**
 * A converted network and how it came about.
 *
 * @param network reversible, with the parameters of the one that was given; that one is untouched
 * @param report  what became what
 */
public record ReversifyResult<M extends Model>(M network, ReversifyReport report) {}
