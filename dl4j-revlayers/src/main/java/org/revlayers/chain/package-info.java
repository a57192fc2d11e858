/**
 * Reversible dual-residual chains (Dr²Net, with Re2TAL and RevNet as special cases) as one DL4J layer, and neural
 * ODEs, which run as such chains. {@link org.revlayers.chain.ReversibleChain}, what it is made of and {@link org.revlayers.chain.ReversibleOde} are the
 * configuration; the rest hosts it.
 */
@NullMarked
package org.revlayers.chain;

import org.jspecify.annotations.NullMarked;
