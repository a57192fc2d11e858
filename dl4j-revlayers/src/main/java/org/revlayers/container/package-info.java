/**
 * Layers made of layers, one layer each to the network: sequences whose inside is computed again in backward or kept thinned, and residual units
 * as parts of them. The reversible chain has the same base.
 */
@NullMarked
package org.revlayers.container;

import org.jspecify.annotations.NullMarked;
