/** Listeners of a training: what is kept, and ratios of a razor that follow importance. */
package org.revlayers.listeners;
