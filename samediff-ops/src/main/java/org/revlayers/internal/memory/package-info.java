/** Where arrays that outlive a call lie: arenas and the pool under them, given back when idle. */
package org.revlayers.internal.memory;
