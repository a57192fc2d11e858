/** Where to begin: {@link org.revlayers.Lean} converts networks. */
@NullMarked
package org.revlayers;

import org.jspecify.annotations.NullMarked;
