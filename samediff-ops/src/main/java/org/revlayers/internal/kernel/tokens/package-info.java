/** Leaving tokens out: which stay, and where they go. */
@NullMarked
package org.revlayers.internal.kernel.tokens;

import org.jspecify.annotations.NullMarked;
