/** Listeners of a training: what is kept, ratios of a razor that follow importance, and workers that start together. */
@NullMarked
package org.revlayers.listeners;

import org.jspecify.annotations.NullMarked;
