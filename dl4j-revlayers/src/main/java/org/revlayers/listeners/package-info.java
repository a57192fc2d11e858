/** Listeners of a training: what is kept, and ratios of a razor that follow importance. */
@NullMarked
package org.revlayers.listeners;

import org.jspecify.annotations.NullMarked;
