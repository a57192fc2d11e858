/** What a training holds, counted and shown. */
@NullMarked
package org.revlayers.memory;

import org.jspecify.annotations.NullMarked;
