/** Convolutions of images whose channels are last, in the library that is there for them. */
@NullMarked
package org.revlayers.internal.kernel.convolution;

import org.jspecify.annotations.NullMarked;
