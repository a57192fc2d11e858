/**
 * Reversible dual-residual chains (Dr²Net, with Re2TAL and RevNet as special cases) as one DL4J layer. {@link
 * org.revlayers.chain.ReversibleChain} and what it is made of are the configuration; the rest hosts it.
 */
@NullMarked
package org.revlayers.chain;

import org.jspecify.annotations.NullMarked;
